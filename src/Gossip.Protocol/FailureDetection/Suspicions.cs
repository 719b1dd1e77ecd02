namespace Gossip.Protocol;

/// <summary>One suspicion: who is suspected, since when, and who has said so independently.</summary>
internal sealed class Suspicion
{
    private readonly List<MemberId> _accusers = [];
    private readonly TimeSpan _shortest;
    private readonly TimeSpan _longest;
    private readonly int _wanted;
    private Instant _start;
    private Instant _cap = Instant.Never;

    public Suspicion(Member member, MemberId accuser, Instant start, TimeSpan shortest, TimeSpan longest, int wanted)
    {
        Member = member;
        _start = start;
        _shortest = shortest;
        _longest = wanted == 0 ? shortest : longest;
        _wanted = wanted;
        _accusers.Add(accuser);
    }

    public Member Member { get; }

    /// <summary>
    /// max(shortest, longest − (longest − shortest) · log(C + 1) / log(K + 1)) after the start (Lifeguard §IV-B), C being the
    /// confirmations beyond the first accuser, or the cap that strong evidence has set.
    /// </summary>
    public Instant Deadline
    {
        get
        {
            var confirmations = Math.Min(_accusers.Count - 1, _wanted);
            var share = _wanted == 0 ? 1 : Math.Log(confirmations + 1) / Math.Log(_wanted + 1);
            var span = _longest - ((_longest - _shortest) * share);
            return Instant.Earlier(_cap, _start + (span < _shortest ? _shortest : span));
        }
    }

    /// <summary>Adds an accuser. True when it is a new one whose word still shortens the suspicion.</summary>
    public bool Confirm(MemberId accuser)
    {
        if (_accusers.Count > _wanted || _accusers.Contains(accuser))
            return false;
        _accusers.Add(accuser);
        return true;
    }

    /// <summary>Ends the suspicion by <paramref name="moment"/> at the latest.</summary>
    public bool Cap(Instant moment)
    {
        if (moment >= Deadline)
            return false;
        _cap = moment;
        return true;
    }

    /// <summary>Gives back time that this node slept through.</summary>
    public void Postpone(TimeSpan by)
    {
        _start += by;
        _cap += by;
    }
}

/// <summary>
/// The members under suspicion. A suspected member has until the deadline to refute; each independent accuser brings the deadline nearer
/// (SWIM §4.2, Lifeguard §IV-B "dynamic suspicion time-out").
/// </summary>
internal sealed class Suspicions
{
    private readonly List<Suspicion> _all = [];

    public int Count => _all.Count;

    public Instant Earliest
    {
        get
        {
            var earliest = Instant.Never;
            foreach (var suspicion in _all)
                earliest = Instant.Earlier(earliest, suspicion.Deadline);
            return earliest;
        }
    }

    public Suspicion? Find(Member member) => _all.Find(one => one.Member == member);

    public void Add(Suspicion suspicion) => _all.Add(suspicion);

    public void Remove(Member member) => _all.RemoveAll(one => one.Member == member);

    /// <summary>Takes out one suspicion that has run out.</summary>
    public bool TryTakeExpired(Instant now, out Suspicion expired)
    {
        var index = _all.FindIndex(one => one.Deadline <= now);
        expired = index < 0 ? null! : _all[index];
        if (index >= 0)
            _all.RemoveAt(index);
        return index >= 0;
    }

    public void Postpone(TimeSpan by)
    {
        foreach (var suspicion in _all)
            suspicion.Postpone(by);
    }

    /// <summary>The shortest suspicion in a cluster of n: alpha × max(1, log10 n) × interval.</summary>
    public static TimeSpan Shortest(double alpha, int members, TimeSpan interval) =>
        interval * (alpha * Math.Max(1, Math.Log10(Math.Max(1, members))));
}
