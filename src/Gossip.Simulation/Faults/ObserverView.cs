using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>What one life of one node has known so far, to notice when it knows less.</summary>
internal sealed class ObserverView(int life)
{
    private readonly Dictionary<MemberId, Seen> _forgotten = [];
    private readonly HashSet<MemberId> _live = [];
    private readonly HashSet<MemberId> _gone = [];
    private readonly Dictionary<(MemberId Owner, string Instance), Written> _records = [];
    private List<Seen> _seen = [];
    private List<Seen> _fresh = [];
    private long _changes;
    private bool _isFull;

    public int Life { get; } = life;

    /// <summary>A table that did not change need not be compared.</summary>
    public void Sweep(SimulatedNode observer, SafetyChecker checker)
    {
        if (observer.Node.TableChanges == _changes)
            return;
        _changes = observer.Node.TableChanges;
        Look(observer, observer.Node.Members, checker);
    }

    /// <summary>Compares a table with what was there at the last look: both lists are sorted by id, so one pass does.</summary>
    public void Look(SimulatedNode observer, IReadOnlyList<Member> members, SafetyChecker checker)
    {
        _fresh.Clear();
        _isFull = members.Count >= observer.Node.Options.MaxMembers;
        var old = 0;
        var live = 0;
        for (var i = 0; i < members.Count; i++)
        {
            var member = members[i];
            var now = new Seen(member.Id, member.Claim, member.RecordsVersion, member.StoredRecords.Count, member.Testimonies.Count);
            _fresh.Add(now);
            if (member.IsLive && member.Id != observer.Node.Self.Id)
            {
                live++;
                if (!_live.Contains(member.Id))
                    checker.Report($"{observer} holds {member} live, and has not published it");
            }

            while (old < _seen.Count && _seen[old].Id.Value < member.Id.Value)
                Forget(_seen[old++]);
            var isOld = old < _seen.Count && _seen[old].Id == member.Id;
            if (isOld && !_gone.Contains(member.Id))
            {
                Compare(observer, member, _seen[old++], now, checker);
                continue;
            }

            if (isOld)
                Forget(_seen[old++]);
            Meet(observer, member, now, checker);
        }

        while (old < _seen.Count)
            Forget(_seen[old++]);
        (_seen, _fresh) = (_fresh, _seen);
        _gone.Clear();
        if (live != _live.Count)
            checker.Report($"{observer} holds {live} other members live, and has published {_live.Count}");
    }

    /// <summary>Builds a view from what is published, and checks it against the table.</summary>
    public void Observe(SimulatedNode observer, in ClusterEvent happened, SafetyChecker checker)
    {
        var member = happened.Member;
        var agrees = happened.Kind switch
        {
            ClusterEventKind.MemberJoined => member.State == MemberState.Alive && _live.Add(member.Id),
            ClusterEventKind.MemberRefuted =>
                member.State == MemberState.Alive && (_live.Contains(member.Id) || member == observer.Node.Self),
            ClusterEventKind.MemberUpdated => _live.Contains(member.Id) || member == observer.Node.Self,
            ClusterEventKind.MemberSuspected or ClusterEventKind.SuspicionConfirmed =>
                member.State == MemberState.Suspect && _live.Contains(member.Id),
            ClusterEventKind.MemberDied => member.State == MemberState.Dead && _live.Remove(member.Id),
            ClusterEventKind.MemberLeft => member.State == MemberState.Left && (_live.Remove(member.Id) || true),
            ClusterEventKind.MemberForgotten => !_live.Contains(member.Id),
            _ => true,
        };
        if (!agrees)
            checker.Report($"{observer} published {happened.Kind} of {member}, which its table does not bear out");
        if (happened.Kind == ClusterEventKind.ServicesChanged && member.Id != observer.Node.Self.Id)
            CompareRecords(observer, member, observer.Node.ServicesOf(member.Id), checker);
        if (happened.Kind != ClusterEventKind.MemberForgotten)
            return;
        _gone.Add(member.Id);
        ForgetRecords(member.Id);
    }

    private static void Compare(SimulatedNode observer, Member member, in Seen before, in Seen now, SafetyChecker checker)
    {
        if (before == now)
            return;
        if (now.Claim < before.Claim)
            checker.Report($"{observer}'s claim of {member} fell from {before.Claim} to {now.Claim}");
        if (now.Version < before.Version)
            checker.Report($"{observer}'s version of {member} fell from {before.Version} to {now.Version}");
        checker.CheckSizes(observer, observer.Node.SizesOf(member), member);
        checker.CompareWithOwner(observer, member);
    }

    private void Meet(SimulatedNode observer, Member member, in Seen now, SafetyChecker checker)
    {
        if (_forgotten.Remove(member.Id, out var before) && now.Claim.IsLive && now.Claim <= before.Claim)
            checker.Report($"{observer} forgot {before.Claim} of {member} and took up {now.Claim}");
        checker.CheckSizes(observer, observer.Node.SizesOf(member), member);
        checker.CompareWithOwner(observer, member);
    }

    /// <summary>
    /// In a full table dead members give way to newcomers, and one that gave way comes back where others still suspect it: that is the
    /// price of so small a table, and the news is no older than theirs.
    /// </summary>
    private void Forget(in Seen seen)
    {
        if (!_isFull)
            _forgotten[seen.Id] = seen;
    }

    /// <summary>
    /// The version text of the simulation's records is a number that only grows. So a smaller one is an old record, and one that was gone
    /// and is back unchanged is a deleted one.
    /// </summary>
    public void CompareRecords(SimulatedNode observer, Member owner, IReadOnlyList<ServiceRecord> services, SafetyChecker checker)
    {
        foreach (var record in services)
        {
            if (!ulong.TryParse(record.Version, out var number))
                continue;
            if (!checker.IsForged && _records.TryGetValue((owner.Id, record.InstanceId), out var before)
                && (number < before.Number || (before.IsGone && number == before.Number)))
                checker.Report($"{observer} went back to {record.InstanceId} {number} of {owner} from {before}");
            _records[(owner.Id, record.InstanceId)] = new Written(number, false);
        }

        // What is let go for want of room was not withdrawn, and may come back as it was.
        if (owner.IsUnheld)
            return;
        foreach (var (key, written) in _records)
        {
            if (key.Owner == owner.Id && !written.IsGone && !services.Any(record => record.InstanceId == key.Instance))
                _records[key] = written with { IsGone = true };
        }
    }

    private void ForgetRecords(MemberId owner)
    {
        foreach (var key in _records.Keys.Where(key => key.Owner == owner).ToList())
            _records.Remove(key);
    }

    private readonly record struct Seen(MemberId Id, Claim Claim, ulong Version, int Records, int Testimonies);

    private readonly record struct Written(ulong Number, bool IsGone);
}
