namespace Gossip.Protocol;

/// <summary>
/// Another member has this node's name. A restart elsewhere looks the same until the old process is known to be gone, so the other member
/// is asked repeatedly, and only one that answers is in conflict. Both sides do this, and each reports it once.
/// </summary>
internal sealed class NameConflicts(Kernel kernel, SeedProber prober, ProbeOrder order)
{
    private readonly HashSet<MemberId> _reported = [];
    private readonly List<Member> _conflicts = [];

    public IEnumerable<NodeSize> Sizes =>
    [
        new("twins", _reported.Count, Limits.NameConflicts),
        new("name conflicts", _conflicts.Count, Limits.NameConflicts),
    ];

    /// <summary>A member is new, or has a new profile.</summary>
    public void Check(in Caller caller, Member member)
    {
        if (member.Name != kernel.Self.Name || _reported.Contains(member.Id))
            return;
        if (_conflicts.Count < Limits.NameConflicts && !_conflicts.Contains(member))
            _conflicts.Add(member);
        Ask(caller, member);
    }

    public void AskAgain(in Caller caller)
    {
        _conflicts.RemoveAll(member => !member.IsLive || member.Name != kernel.Self.Name || _reported.Contains(member.Id));
        foreach (var member in _conflicts)
            Ask(caller, member);
    }

    /// <summary>A live member has answered a question that was for it.</summary>
    public void Report(in Caller caller, Member answering)
    {
        if (answering.Name == kernel.Self.Name && _reported.Count < Limits.NameConflicts && _reported.Add(answering.Id))
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.NameConflict, caller.Now, answering));
    }

    public void Forget(Member member) => _reported.Remove(member.Id);

    private void Ask(in Caller caller, Member member)
    {
        prober.Ask(caller, member.Address, member);
        order.Promote(member.Id);
    }
}
