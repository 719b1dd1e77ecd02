namespace Gossip.Protocol;

/// <summary>
/// The loads of the live members that have ever sent one, and which of them are still to be passed on: the least sent first, and of the
/// unsent ones the newest, so that what is sent is fresh even where there is more than can be sent. A member that sends none has no entry.
/// </summary>
internal sealed class LoadTable
{
    private readonly Dictionary<MemberId, Entry> _byMember = [];
    private readonly List<Entry> _all = [];
    private readonly List<Entry> _changed = [];
    private readonly List<Entry> _taken = [];
    private readonly List<LinkedList<Entry>> _bySends = [];

    /// <summary>How many members have an entry.</summary>
    public int Count => _all.Count;

    /// <summary>How many loads are still to be passed on.</summary>
    public int Pending { get; private set; }

    /// <summary>What is known of a member's load; null for nothing, or nothing recent.</summary>
    public LoadReading? Find(MemberId id, Instant now) =>
        _byMember.TryGetValue(id, out var entry) && entry.Reading.AgeAt(now) < Load.StaleAfter ? entry.Reading : null;

    /// <summary>Takes in a report of a member's load. News is kept to be passed on.</summary>
    public void Merge(Member member, in LoadReading heard, Instant now)
    {
        if (!_byMember.TryGetValue(member.Id, out var entry))
        {
            entry = new Entry(member);
            _byMember.Add(member.Id, entry);
            _all.Add(entry);
        }

        // A number that no step leads to was forged, and would silence the member for as long as it lives; one nearby loses as ever.
        if (entry.Reading.AgeAt(now) >= Load.StaleAfter && heard.Sequence + Limits.Step < entry.Reading.Sequence)
            entry.Reading = default;
        var isNews = heard.IsNewsAfter(entry.Reading);
        entry.Reading = LoadReading.Merge(entry.Reading, heard);
        if (!isNews)
            return;
        if (!entry.IsChanged)
            _changed.Add(entry);
        entry.IsChanged = true;
        Withdraw(entry);
        entry.Sends = 0;
        Enqueue(entry);
    }

    /// <summary>Takes what the next packet carries. Stale loads are dropped unsent.</summary>
    /// <param name="now">The time.</param>
    /// <param name="reports">Filled from the front.</param>
    /// <param name="copies">To how many members the packet goes.</param>
    /// <param name="limit">How often a load is sent in all.</param>
    /// <returns>How many there are.</returns>
    public int Take(Instant now, Span<LoadReport> reports, int copies, int limit)
    {
        while (_taken.Count < reports.Length && Head is { } entry)
        {
            Withdraw(entry);
            var age = entry.Reading.AgeAt(now);
            if (age >= Load.StaleAfter || !entry.Member.IsLive)
                continue;
            reports[_taken.Count] = new LoadReport(entry.Member.Id, entry.Reading.Sequence, age, entry.Reading.Load);
            _taken.Add(entry);
        }

        foreach (var entry in _taken)
        {
            entry.Sends += copies;
            if (entry.Sends < limit)
                Enqueue(entry);
        }

        var count = _taken.Count;
        _taken.Clear();
        return count;
    }

    /// <summary>Moves over what has changed since the last call, each member once. False when nothing has.</summary>
    public bool TryTakeChanges(List<LoadChange> into)
    {
        if (_changed.Count == 0)
            return false;
        foreach (var entry in _changed)
        {
            entry.IsChanged = false;
            into.Add(new LoadChange(entry.Member.Id, entry.Reading.Load, entry.Reading.At));
        }

        _changed.Clear();
        return true;
    }

    /// <summary>Drops the members that are not live, and their loads.</summary>
    public void Forget()
    {
        if (!_all.Exists(IsGone))
            return;
        foreach (var entry in _all)
        {
            if (!IsGone(entry))
                continue;
            Withdraw(entry);
            _byMember.Remove(entry.Member.Id);
        }

        _all.RemoveAll(IsGone);
        _changed.RemoveAll(IsGone);
    }

    private static bool IsGone(Entry entry) => !entry.Member.IsLive;

    private Entry? Head => _bySends.Find(queue => queue.Count > 0)?.First!.Value;

    private void Enqueue(Entry entry)
    {
        while (_bySends.Count <= entry.Sends)
            _bySends.Add(new LinkedList<Entry>());
        if (entry.Sends == 0)
            _bySends[0].AddFirst(entry.Place);
        else
            _bySends[entry.Sends].AddLast(entry.Place);
        Pending++;
    }

    private void Withdraw(Entry entry)
    {
        if (entry.Place.List is not { } queue)
            return;
        queue.Remove(entry.Place);
        Pending--;
    }

    private sealed class Entry
    {
        public Entry(Member member)
        {
            Member = member;
            Place = new LinkedListNode<Entry>(this);
        }

        public Member Member { get; }

        public LoadReading Reading { get; set; }

        public int Sends { get; set; }

        /// <summary>Whether it has changed since the changes were taken.</summary>
        public bool IsChanged { get; set; }

        /// <summary>Where the entry stands among those to be passed on, if it does.</summary>
        public LinkedListNode<Entry> Place { get; }
    }
}
