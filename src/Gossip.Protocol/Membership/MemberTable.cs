using System.Runtime.InteropServices;

namespace Gossip.Protocol;

/// <summary>
/// All members that are remembered, this node included, sorted by id. Keeps what is derived from them up to date with each change: the live
/// peers to pick from, which member holds which address, and a hash of everything, so that two tables are compared by four bytes.
/// </summary>
internal sealed partial class MemberTable
{
    /// <summary>The deepest level of the digest: four bits of the id each.</summary>
    public const int MaxDepth = 15;

    private readonly MembersById _all = new();
    private readonly MembersById _live = new();
    private readonly Dictionary<PeerAddress, Member> _liveAt = [];
    private readonly List<Member> _peers = [];

    /// <summary>What each member counts in the digest, in the order of <see cref="All"/>.</summary>
    private readonly List<uint> _hashes = [];

    private readonly ChangeList _changes;
    private readonly MemberId _self;
    private readonly int _capacity;

    public MemberTable(Member self, int capacity)
    {
        _self = self.Id;
        _capacity = capacity;
        _changes = new ChangeList(capacity);
        Insert(self);
    }

    /// <summary>Whether every live member's address counts as proven: <see cref="Defences.Budget"/>.</summary>
    public bool TrustsAll { get; init; }

    /// <summary>All, sorted by id.</summary>
    public IReadOnlyList<Member> All => _all.All;

    /// <summary>
    /// Live members, this node included, sorted by id: the same list on all nodes that agree, so that a place in it means the same.
    /// </summary>
    public IReadOnlyList<Member> Live => _live.All;

    /// <summary>How many changes there were: while the number stays, a reader need not look at the table.</summary>
    public long Changes => _changes.Total;

    /// <summary>Whether the table has a member that is not live.</summary>
    public bool HasGone => _live.Count < _all.Count;

    /// <summary>Live members but this node, in an arbitrary but stable order.</summary>
    public ReadOnlySpan<Member> Peers => CollectionsMarshal.AsSpan(_peers);

    /// <summary>When something that all members have to agree on was last learnt here.</summary>
    public Instant LastNews { get; private set; }

    /// <summary>How many live members there are but this node.</summary>
    public int PeerCount => _peers.Count;

    /// <summary>Bytes of memory that the records of all members but this node take, about.</summary>
    public long RecordCost { get; private set; }

    /// <summary>The hash of the live members' claims and record versions: equal on two nodes that agree.</summary>
    public uint Digest { get; private set; }

    /// <summary>
    /// Moves over the members that were added, changed or removed since the last call. False when all members must be looked at.
    /// </summary>
    public bool TryTakeChanges(List<MemberId> into) => _changes.TryTake(into);

    /// <summary>Notes a change of a member other than of its claim, profile or version.</summary>
    public void Note(Member member) => _changes.Add(member.Id);

    /// <summary>Something that all members have to agree on was learnt.</summary>
    public void NoteNews(Instant now) => LastNews = now;

    public Member? Find(MemberId id) => _all.Find(id);

    /// <summary>Whether a live member has answered this node from an address.</summary>
    public bool IsProven(PeerAddress address) => TrustsAll ? _liveAt.ContainsKey(address) : FindLiveAt(address) is { IsProven: true };

    public Member? FindLiveAt(PeerAddress address) => _liveAt.GetValueOrDefault(address);

    /// <summary>A live member by the half of its id that probes carry.</summary>
    public Member? FindLiveByTag(uint tag)
    {
        var ids = _live.Ids;
        for (var i = 0; i < ids.Length; i++)
        {
            if (new MemberId(ids[i]).Tag == tag)
                return _live[i];
        }

        return null;
    }

    /// <summary>Whether any member of the table, live or not, has this half of an id.</summary>
    public bool HasTag(uint tag)
    {
        foreach (var id in _all.Ids)
        {
            if (new MemberId(id).Tag == tag)
                return true;
        }

        return false;
    }

    /// <summary>Makes room for many members at once.</summary>
    public void Reserve(int members)
    {
        _all.Reserve(members);
        _live.Reserve(members);
        _liveAt.EnsureCapacity(members);
        (_hashes.Capacity, _peers.Capacity) = (members, members);
    }

    /// <summary>Adds a member. False when the table is full of live ones.</summary>
    /// <param name="member">The new member.</param>
    /// <param name="evicted">The oldest dead member, when it had to make room.</param>
    public bool TryAdd(Member member, out Member? evicted)
    {
        evicted = null;
        if (_all.Count >= _capacity)
        {
            evicted = OldestDead();
            if (evicted is null)
                return false;
            Remove(evicted);
        }

        Insert(member);
        return true;
    }

    /// <summary>Replaces the claim, and the profile if one is given, of a member of this table.</summary>
    public void Update(Member member, Claim claim, Instant now, MemberProfile? profile = null)
    {
        if (claim <= member.Claim)
            throw new InvalidOperationException($"A claim must not fall: {member.Claim} to {claim} for {member}.");
        profile ??= member.Profile;
        // Before any change: the member itself would refuse it halfway.
        Member.Match(claim, profile);
        Forget(member);
        if (claim.State != member.State)
            member.Since = now;
        member.Take(claim, profile);
        Remember(member);
    }

    /// <summary>Takes over the version of a member's changed records.</summary>
    public void UpdateRecords(Member member)
    {
        var version = member.Records.Version;
        if (version < member.RecordsVersion)
            throw new InvalidOperationException($"A version must not fall: {member.RecordsVersion} to {version} for {member}.");
        var isNew = version > member.RecordsVersion;
        member.TakeVersion();
        Digest ^= Rehash(member);
        if (isNew)
            _changes.Add(member.Id);
        CountRecords(member, member.Id == _self ? 0 : member.Records.Cost);
    }

    private void CountRecords(Member member, long cost)
    {
        RecordCost += cost - member.CountedCost;
        member.CountedCost = cost;
    }

    public void Remove(Member member)
    {
        Forget(member);
        CountRecords(member, 0);
        _changes.Add(member.Id);
        var place = _all.Remove(member);
        Digest ^= _hashes[place];
        _hashes.RemoveAt(place);
    }

    /// <summary>The members whose id starts with the first 4 × <paramref name="depth"/> bits of <paramref name="prefix"/>.</summary>
    public (int Start, int End) Range(int depth, ulong prefix)
    {
        if (depth == 0)
            return (0, _all.Count);
        var shift = 64 - (4 * depth);
        var first = prefix << shift;
        var last = first | ((1UL << shift) - 1);
        return (_all.PlaceOf(first), last == ulong.MaxValue ? _all.Count : _all.PlaceOf(last + 1));
    }

    /// <summary>This node's place in <see cref="Live"/>. Cached, since each probe asks for it.</summary>
    public int OwnPlace { get; private set; }

    /// <summary>The hash of a part of the table, by the same rule as <see cref="Digest"/>.</summary>
    public uint HashOfRange(int start, int end)
    {
        var hash = 0U;
        foreach (var one in CollectionsMarshal.AsSpan(_hashes)[start..end])
            hash ^= one;
        return hash;
    }

    private void Insert(Member member)
    {
        _hashes.Insert(_all.Insert(member), 0);
        Remember(member);
    }

    private void Remember(Member member)
    {
        Digest ^= Rehash(member);
        _changes.Add(member.Id);
        if (!member.IsLive)
            return;
        _liveAt[member.Address] = member;
        _live.Insert(member);
        OwnPlace += member.Id.Value < _self.Value ? 1 : 0;
        if (member.Id == _self)
            return;
        member.PeerIndex = _peers.Count;
        _peers.Add(member);
    }

    private void Forget(Member member)
    {
        if (!member.IsLive)
            return;
        // If another member has taken the same address, the address is the other's.
        if (FindLiveAt(member.Address) == member)
            _liveAt.Remove(member.Address);
        _live.Remove(member);
        OwnPlace -= member.Id.Value < _self.Value ? 1 : 0;
        if (member.Id == _self)
            return;
        (_peers[member.PeerIndex], _peers[^1].PeerIndex) = (_peers[^1], member.PeerIndex);
        _peers.RemoveAt(_peers.Count - 1);
        member.PeerIndex = -1;
    }

    /// <summary>Computes anew what a member counts.</summary>
    /// <returns>By what that changes the hash of everything.</returns>
    private uint Rehash(Member member)
    {
        ref var hash = ref CollectionsMarshal.AsSpan(_hashes)[_all.PlaceOf(member.Id.Value)];
        var change = hash ^ HashOf(member);
        hash ^= change;
        return change;
    }

    /// <summary>Dead members hash to 0: nodes forget them at different times, and a node that never knew them is not behind.</summary>
    private static uint HashOf(Member member) => member.IsLive
        ? (uint)StableHash.Mix(
            member.Id.Value, StableHash.Mix((member.Claim.Incarnation.Value << 2) | (byte)member.State, member.RecordsVersion))
        : 0;

    private Member? OldestDead()
    {
        Member? oldest = null;
        foreach (var member in All)
        {
            if (!member.IsLive && member.Id != _self && (oldest is null || member.Since < oldest.Since))
                oldest = member;
        }

        return oldest;
    }
}
