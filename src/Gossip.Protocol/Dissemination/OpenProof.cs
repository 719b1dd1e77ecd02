namespace Gossip.Protocol;

/// <summary>
/// A proof under way: which members are known to hold the version, and which are still to be asked. Missing members are asked in sweeps,
/// and a sweep goes out in slices, so that a large cluster causes no burst at this node's socket.
/// </summary>
internal sealed class OpenProof(ulong version, uint sequence)
{
    private readonly HashSet<MemberId> _holders = [];
    private readonly Dictionary<uint, Asked> _byTag = [];
    private readonly List<Member> _missing = [];
    private int _next;
    private int _acknowledged;
    private int _total;
    private long _countedAt = -1;
    private bool _isSweeping;

    /// <summary>The version whose spread is to be proven.</summary>
    public ulong Version { get; } = version;

    /// <summary>All pings of the proof have the same number.</summary>
    public uint Sequence { get; } = sequence;

    /// <summary>How many sweeps have begun.</summary>
    public int Sweeps { get; private set; }

    /// <summary>How many members the proof remembers anything of.</summary>
    public int Known => Math.Max(_holders.Count, _byTag.Count);

    /// <summary>Whether all held it at one moment: then no more members are asked, and further acknowledgements are ignored.</summary>
    public bool IsOver { get; private set; }

    /// <summary>When the proof was last counted and cleaned up.</summary>
    public Instant Now { get; set; }

    /// <param name="table">The members.</param>
    /// <param name="unknown">How many other members may hold it.</param>
    public Proof Count(MemberTable table, int unknown)
    {
        if (!IsOver && _countedAt != table.Changes)
        {
            (_acknowledged, _total, _countedAt) = (0, 0, table.Changes);
            foreach (var peer in table.Peers)
            {
                _total += peer.State == MemberState.Alive ? 1 : 0;
                _acknowledged += IsHeldBy(peer) ? 1 : 0;
            }
        }

        var proof = new Proof(Version, _acknowledged, _total + (IsOver ? 0 : unknown));
        IsOver |= proof.IsComplete;
        return proof;
    }

    /// <summary>Whether a member is one of those that the proof counts.</summary>
    public bool IsHeldBy(Member member) => member.State == MemberState.Alive && _holders.Contains(member.Id);

    /// <summary>
    /// Continues the sweep, or begins the next one over the members that are missing now; members join and leave meanwhile.
    /// </summary>
    public void Sweep(MemberTable table)
    {
        if (_isSweeping)
            return;
        LetGoOfForgotten(table);
        Sweeps++;
        _isSweeping = true;
        _missing.Clear();
        _next = 0;
        foreach (var peer in table.Peers)
        {
            if (peer.State == MemberState.Alive && !_holders.Contains(peer.Id))
                _missing.Add(peer);
        }
    }

    /// <summary>The next member to be asked, with the version that it has acknowledged, if any. False at the end of the sweep.</summary>
    public bool TryNext(out Member member, out ulong? held)
    {
        while (_next < _missing.Count)
        {
            member = _missing[_next++];
            if (member.State != MemberState.Alive || _holders.Contains(member.Id))
                continue;
            held = _byTag.TryGetValue(member.Id.Tag, out var asked) && asked.Member == member ? asked.Held : null;
            if (held is null)
                _byTag[member.Id.Tag] = new Asked(member, null);
            return true;
        }

        _isSweeping = false;
        (member, held) = (null!, null);
        return false;
    }

    /// <summary>The member that was asked, by the half of its id that acks carry.</summary>
    public Member? FindAsked(uint tag) => _byTag.GetValueOrDefault(tag).Member;

    /// <summary>A member says up to which version it holds this node's records.</summary>
    public void Hear(Member member, ulong held)
    {
        if (IsOver)
            return;
        if (held < Version)
        {
            _byTag[member.Id.Tag] = new Asked(member, held);
            return;
        }

        _byTag.Remove(member.Id.Tag);
        if (_holders.Add(member.Id) && member.State == MemberState.Alive)
            _acknowledged++;
    }

    /// <summary>Members come and go for as long as one of them holds the proof up.</summary>
    private void LetGoOfForgotten(MemberTable table)
    {
        if (Known <= table.All.Count)
            return;
        _holders.RemoveWhere(id => table.Find(id) is null);
        foreach (var (tag, asked) in _byTag)
        {
            if (table.Find(asked.Member.Id) != asked.Member)
                _byTag.Remove(tag);
        }
    }

    private readonly record struct Asked(Member Member, ulong? Held);
}
