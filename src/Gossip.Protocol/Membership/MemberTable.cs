using System.Runtime.InteropServices;

namespace Gossip.Protocol;

/// <summary>
/// All members that are remembered, this node included, sorted by id. Keeps what is derived from them up to date with each change: the
/// live peers to pick from, who holds which address, and a hash of everything, so that two tables are compared by four bytes.
/// </summary>
internal sealed partial class MemberTable
{
    /// <summary>The deepest level of the digest: four bits of the id each.</summary>
    public const int MaxDepth = 15;

    /// <summary>All, the live peers in front.</summary>
    private readonly List<Member> _rows = [];

    private readonly MemberSet<MemberId, ById> _byId;
    private readonly MemberSet<PeerAddress, ByAddress> _liveAt;
    private readonly List<Member> _sorted = [];

    /// <summary>Null while all are live: then the one sorted list serves for both.</summary>
    private List<Member>? _live;

    private readonly ChangeList _changes;
    private readonly MemberId _self;
    private readonly int _capacity;
    private ulong _hash;

    public MemberTable(Member self, int capacity)
    {
        _byId = new(_rows);
        _liveAt = new(_rows);
        _self = self.Id;
        _capacity = capacity;
        _changes = new ChangeList(capacity);
        Insert(self);
    }

    /// <summary>All, sorted by id.</summary>
    public IReadOnlyList<Member> All => _sorted;

    /// <summary>Live members, this node included, sorted by id: the same list on all nodes that agree, so that a place in it means the same.</summary>
    public IReadOnlyList<Member> Live => _live ?? _sorted;

    /// <summary>How many changes there were: who watches the table need not look while the number stands.</summary>
    public long Changes => _changes.Total;

    /// <summary>Whether a member is remembered that is not live.</summary>
    public bool HasGone => _live is not null;

    /// <summary>Live members but this node, in no order that means anything, but in a stable one.</summary>
    public ReadOnlySpan<Member> Peers => CollectionsMarshal.AsSpan(_rows)[..PeerCount];

    /// <summary>How many live members there are but this node.</summary>
    public int PeerCount { get; private set; }

    /// <summary>The hash of the live members' claims and record versions: equal on two nodes that agree.</summary>
    public uint Digest => (uint)_hash;

    /// <summary>Moves over who was added, changed or removed since the last call. False when everybody must be looked at.</summary>
    public bool TryTakeChanges(List<MemberId> into) => _changes.TryTake(into);

    /// <summary>Notes a change of a member that is not one of its claim, profile or version.</summary>
    public void Note(Member member) => _changes.Add(member);

    public Member? Find(MemberId id) => _byId.Find(id);

    public Member? FindLiveAt(PeerAddress address) => _liveAt.Find(address);

    /// <summary>A live member by the half of its id that probes carry.</summary>
    public Member? FindLiveByTag(uint tag)
    {
        foreach (var member in _sorted)
        {
            if (member.IsLive && member.Id.Tag == tag)
                return member;
        }

        return null;
    }

    /// <summary>Whether a member is remembered that has this half of an id, live or not.</summary>
    public bool HasTag(uint tag) => _sorted.Exists(member => member.Id.Tag == tag);

    /// <summary>Makes room for so many, and no more: what grows by itself takes up to twice as much.</summary>
    public void Reserve(int members)
    {
        _byId.Reserve(members);
        _liveAt.Reserve(members);
        (_sorted.Capacity, _rows.Capacity) = (members, members);
    }

    /// <summary>Adds a member. False when the table is full of live ones.</summary>
    /// <param name="member">The new member.</param>
    /// <param name="evicted">The oldest dead member, when it had to make room.</param>
    public bool TryAdd(Member member, out Member? evicted)
    {
        evicted = null;
        if (_sorted.Count >= _capacity)
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
        // Before anything moves: the member itself would refuse it halfway.
        Member.Match(claim, profile);
        Forget(member);
        if (claim.State != member.State)
            member.Since = now;
        var turns = claim.IsLive != member.IsLive;
        member.Take(claim, profile);
        Remember(member);
        if (turns)
            Tell(member);
    }

    /// <summary>Keeps a member's records, as they were changed.</summary>
    public void Update(Member member, OwnerRecords records)
    {
        if (records.Version < member.RecordsVersion)
            throw new InvalidOperationException($"A version must not fall: {member.RecordsVersion} to {records.Version} for {member}.");
        var isNew = records.Version > member.RecordsVersion;
        _hash ^= HashOf(member);
        member.Keep(records);
        _hash ^= HashOf(member);
        if (isNew)
            _changes.Add(member);
    }

    public void Remove(Member member)
    {
        Forget(member);
        _changes.Add(member);
        MoveTo(_rows.Count - 1, member);
        _byId.Remove(member);
        _rows.RemoveAt(_rows.Count - 1);
        member.Row = -1;
        _sorted.RemoveAt(IndexOf(_sorted, member.Id));
        if (member.IsLive)
            _live?.RemoveAt(IndexOf(_live, member.Id));
        ShareIfAllLive();
    }

    /// <summary>The members whose id starts with the first 4 × <paramref name="depth"/> bits of <paramref name="prefix"/>.</summary>
    public (int Start, int End) Range(int depth, ulong prefix)
    {
        if (depth == 0)
            return (0, _sorted.Count);
        var shift = 64 - (4 * depth);
        var first = prefix << shift;
        var last = first | ((1UL << shift) - 1);
        var end = last == ulong.MaxValue ? _sorted.Count : IndexOf(_sorted, new MemberId(last + 1));
        return (IndexOf(_sorted, new MemberId(first)), end);
    }

    /// <summary>This node's place in <see cref="Live"/>, kept: each probe asks for it, and a search reads rows all over the memory.</summary>
    public int OwnPlace { get; private set; }

    /// <summary>The hash of a part of the table, by the same rule as <see cref="Digest"/>.</summary>
    public uint HashOfRange(int start, int end)
    {
        var hash = 0UL;
        for (var i = start; i < end; i++)
            hash ^= HashOf(_sorted[i]);
        return (uint)hash;
    }

    private void Insert(Member member)
    {
        if (_sorted.Count == _sorted.Capacity)
            Reserve(_sorted.Count + (_sorted.Count / 8) + 4);
        member.Row = _rows.Count;
        _rows.Add(member);
        _byId.Put(member);
        _sorted.Insert(IndexOf(_sorted, member.Id), member);
        Remember(member);
        Tell(member);
    }

    private void Remember(Member member)
    {
        _hash ^= HashOf(member);
        _changes.Add(member);
        if (!member.IsLive)
            return;
        _liveAt.Put(member);
        OwnPlace += member.Id.Value < _self.Value ? 1 : 0;
        if (member.Id != _self)
            MoveTo(PeerCount++, member);
    }

    private void Forget(Member member)
    {
        _hash ^= HashOf(member);
        if (!member.IsLive)
            return;
        _liveAt.Remove(member);
        OwnPlace -= member.Id.Value < _self.Value ? 1 : 0;
        if (IsPeer(member))
            MoveTo(--PeerCount, member);
    }

    private bool IsPeer(Member? member) => member is { Row: >= 0 } && member.Row < PeerCount;

    /// <summary>Moves a member to a row, and whoever stands there to the member's.</summary>
    private void MoveTo(int row, Member member)
    {
        var other = _rows[row];
        if (other == member)
            return;
        _byId.Swap(member, other);
        _liveAt.Swap(member, other);
        (_rows[row], _rows[member.Row]) = (member, other);
        (member.Row, other.Row) = (row, member.Row);
    }

    /// <summary>Enters a member among the live ones or takes it out, by what it is since it came or changed.</summary>
    private void Tell(Member member)
    {
        if (!member.IsLive)
            _live ??= [.. _sorted];
        if (_live is null)
            return;
        var place = IndexOf(_live, member.Id);
        if (member.IsLive)
            _live.Insert(place, member);
        else if (place < _live.Count && _live[place] == member)
            _live.RemoveAt(place);
        ShareIfAllLive();
    }

    private void ShareIfAllLive()
    {
        if (_live?.Count == _sorted.Count)
            _live = null;
    }

    /// <summary>
    /// The dead hash to nothing: nodes forget them at different times, and one that never met them is not behind.
    /// </summary>
    private static ulong HashOf(Member member) => member.IsLive
        ? StableHash.Mix(member.Id.Value, StableHash.Mix((member.Claim.Incarnation.Value << 2) | (byte)member.State, member.RecordsVersion))
        : 0;

    private static int IndexOf(List<Member> sorted, MemberId id)
    {
        int low = 0, high = sorted.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].Id.Value < id.Value)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private Member? OldestDead()
    {
        Member? oldest = null;
        foreach (var member in _sorted)
        {
            if (!member.IsLive && member.Id != _self && (oldest is null || member.Since < oldest.Since))
                oldest = member;
        }

        return oldest;
    }

    private readonly struct ById : IMemberKey<MemberId>
    {
        public static MemberId KeyOf(Member member) => member.Id;

        public static int HashOf(MemberId id) => (int)StableHash.Mix(id.Value);
    }

    private readonly struct ByAddress : IMemberKey<PeerAddress>
    {
        public static PeerAddress KeyOf(Member member) => member.Address;

        public static int HashOf(PeerAddress address) => address.Hash;
    }
}
