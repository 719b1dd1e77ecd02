namespace Gossip.Protocol;

/// <summary>The members under suspicion, each with the next moment at which something is to be done about it.</summary>
internal sealed class Suspicions
{
    private readonly Dictionary<MemberId, Suspicion> _all = [];
    private readonly List<Suspicion> _due = [];

    public int Count => _all.Count;

    public Instant Earliest
    {
        get
        {
            var earliest = Instant.Never;
            foreach (var suspicion in _all.Values)
                earliest = Instant.Earlier(earliest, suspicion.Next);
            return earliest;
        }
    }

    public Suspicion? Find(Member member) => _all.GetValueOrDefault(member.Id);

    public void Add(Suspicion suspicion) => _all.Add(suspicion.Member.Id, suspicion);

    public void Remove(Member member) => _all.Remove(member.Id);

    /// <summary>Those about which something is to be done now. The list is good until the next call.</summary>
    public IReadOnlyList<Suspicion> Due(Instant now)
    {
        _due.Clear();
        foreach (var suspicion in _all.Values)
        {
            if (suspicion.Next <= now)
                _due.Add(suspicion);
        }

        return _due;
    }

    /// <summary>The suspicion whose look an ack answers; null for none.</summary>
    public Suspicion? FindLook(in Ack ack)
    {
        foreach (var suspicion in _all.Values)
        {
            if (suspicion.Look?.Sequence == ack.Sequence && suspicion.Member.Id.Tag == ack.ResponderTag)
                return suspicion;
        }

        return null;
    }

    public void PutOff(Instant now, TimeSpan by)
    {
        foreach (var suspicion in _all.Values)
            suspicion.TryPutOff(now, by);
    }

    public void Postpone(TimeSpan by)
    {
        foreach (var suspicion in _all.Values)
            suspicion.Postpone(by);
    }

    /// <summary>The shortest suspicion in a cluster of n: alpha × max(1, log10 n) × interval.</summary>
    public static TimeSpan Shortest(double alpha, int members, TimeSpan interval) =>
        interval * (alpha * Math.Max(1, Math.Log10(Math.Max(1, members))));
}
