namespace Gossip.Protocol;

/// <summary>The members under suspicion, each with the next moment at which something is to be done about it.</summary>
internal sealed class Suspicions(Kernel kernel, Gossiper gossiper, Newcomers newcomers)
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

    private Suspicion? Find(Member member) => _all.GetValueOrDefault(member.Id);

    public void Remove(Member member) => _all.Remove(member.Id);

    /// <summary>The suspicions about which something is to be done now. The list is good until the next call.</summary>
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

    /// <summary>The suspicion whose verification an ack answers; null for none.</summary>
    public Suspicion? FindVerification(in Ack ack)
    {
        foreach (var suspicion in _all.Values)
        {
            if (suspicion.Verification?.Sequence == ack.Sequence && suspicion.Member.Id.Tag == ack.ResponderTag)
                return suspicion;
        }

        return null;
    }

    /// <summary>The moment of a suspicion's next step may have come nearer.</summary>
    public void Hasten(Suspicion suspicion) => kernel.Deadlines.Hasten(Deadline.Suspicion, suspicion.Next);

    /// <summary>After a silence, suspects get this much more time, since their refutations are on the way.</summary>
    public void PutOff(Instant now, TimeSpan by)
    {
        foreach (var suspicion in _all.Values)
            suspicion.TryPutOff(now, by);
        kernel.Deadlines[Deadline.Suspicion] = Earliest;
    }

    /// <summary>Gives suspects back the time for which this node slept.</summary>
    public void Postpone(TimeSpan by)
    {
        foreach (var suspicion in _all.Values)
            suspicion.Postpone(by);
        kernel.Deadlines[Deadline.Suspicion] = Earliest;
    }

    /// <summary>A member has become suspect.</summary>
    public void Start(Instant now, Member member)
    {
        var shortest = Shortest(kernel.Options.SuspicionAlpha, kernel.Table.PeerCount + 1, kernel.Options.ProbeInterval);
        if (shortest < kernel.Options.SuspicionFloor)
            shortest = kernel.Options.SuspicionFloor;
        var wanted = Math.Min(kernel.Options.SuspicionConfirmations, Math.Max(0, kernel.Table.PeerCount - 1));
        var suspicion = new Suspicion(member, now, shortest, shortest * kernel.Options.SuspicionBeta, wanted);
        suspicion.PutOff(newcomers.PatienceFor(member.Id));
        if (member.Gravest.IsStrong)
            suspicion.Cap(now + kernel.Health.Stretch(kernel.Options.RefusedGrace));
        else if (IsWitness(suspicion))
            suspicion.Verification = new Verification(kernel.Sender.NextSequence(), now, isLast: false);
        _all.Add(member.Id, suspicion);
        Hasten(suspicion);
    }

    /// <summary>
    /// Another member says the same: the suspicion is shortened, and the new testimony is passed on for the others to count.
    /// </summary>
    public void Confirm(in Caller caller, Member member, in Accusation accusation)
    {
        if (Find(member) is not { } suspicion || !suspicion.Confirm(accusation.Testimony))
            return;
        if (accusation.Testimony.IsStrong)
            suspicion.Cap(caller.Now + kernel.Health.Stretch(kernel.Options.RefusedGrace));
        Hasten(suspicion);
        kernel.Table.Note(member);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.SuspicionConfirmed, caller.Now, member, member.Testimonies));
        gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, member.Id), accusation.ToMessage());
    }

    /// <summary>The witnesses are the members that follow, in the order of ids, a place that is drawn from the claim.</summary>
    private bool IsWitness(Suspicion suspicion)
    {
        if (kernel.Options.Witnesses == 0 || !kernel.Self.IsLive || suspicion.IsAccuser(kernel.Self.Id))
            return false;
        var live = (uint)kernel.Table.Live.Count;
        var first = StableHash.Mix(suspicion.Member.Id.Value, suspicion.Member.Claim.Incarnation.Value) % live;
        return ((uint)kernel.Table.OwnPlace + live - first) % live < (uint)kernel.Options.Witnesses;
    }

    /// <summary>The shortest suspicion in a cluster of n: alpha × max(1, log10 n) × interval.</summary>
    public static TimeSpan Shortest(double alpha, int members, TimeSpan interval) =>
        interval * (alpha * Math.Max(1, Math.Log10(Math.Max(1, members))));
}
