namespace Gossip.Protocol;

/// <summary>
/// Out of reach (not in the papers). A member whose address is wrong for this node (it lost it, or it is in another network) answers
/// nothing and lives all the same: it refutes whatever is said of it, and meanwhile callers are sent where nobody is. So who was heard to
/// refute twice within 30 s, with no ack from it by any path, is probed out of turn; when two such probes get no ack either, directly,
/// through relays or by stream, the member is out of this node's reach until one comes. That is a mark of this node's own: no claim, told
/// to nobody, and in no digest.
/// </summary>
internal sealed class Reachability(Kernel kernel, StallDetector stalls)
{
    private static readonly TimeSpan RefutationWindow = TimeSpan.FromSeconds(30);

    /// <summary>Between two probes out of turn of one member.</summary>
    private static readonly TimeSpan ReachInterval = TimeSpan.FromSeconds(5);

    /// <summary>Of probes on all paths one fails by accident where many packets get lost, and two seldom.</summary>
    private const int ProbesInVain = 2;

    /// <summary>Members that are probed out of turn. Of more than these the others' probes, and their own, tell in time.</summary>
    private const int MostDoubted = 64;

    private readonly List<Member> _doubted = [];

    /// <summary>Whether somebody is probed out of turn.</summary>
    public bool HasDoubted => _doubted.Count > 0;

    public NodeSize Size => new("doubted members", _doubted.Count, MostDoubted);

    /// <summary>The next to be probed out of turn; null for nobody.</summary>
    public Member? NextDoubted(Instant now)
    {
        _doubted.RemoveAll(member => member.Doubt is null || kernel.Table.Find(member.Id) != member || member.State == MemberState.Left);
        foreach (var member in _doubted)
        {
            if (!member.IsLive || member.Doubt!.NextProbe > now)
                continue;
            member.Doubt.NextProbe = now + ReachInterval;
            return member;
        }

        return null;
    }

    /// <summary>Whether a member is probed out of turn.</summary>
    public static bool IsDoubted(Member member) => member.Doubt is { IsListed: true };

    /// <summary>A member has refuted a suspicion, or come back from the dead.</summary>
    public void NoteRefutation(Instant now, Member member)
    {
        if (!kernel.Options.MarkOutOfReach)
            return;
        var doubt = member.Doubt ??= new Doubt { Refuted = Instant.Never };
        if (!doubt.IsListed && doubt.Refuted != Instant.Never && now - doubt.Refuted <= RefutationWindow && _doubted.Count < MostDoubted)
        {
            doubt.IsListed = true;
            _doubted.Add(member);
        }

        doubt.Refuted = now;
    }

    /// <summary>The member has another address: it may be in reach there.</summary>
    public static void NoteMove(Instant now, Member member) => member.Doubt?.NextProbe = now;

    /// <summary>An ack of the member has come, by whatever path.</summary>
    public void NoteReached(in Caller caller, Member member)
    {
        if (member.Doubt is not { } doubt)
            return;
        member.Doubt = null;
        _doubted.Remove(member);
        if (!doubt.IsOutOfReach)
            return;
        kernel.Table.Note(member);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberWithinReach, caller.Now, member));
    }

    /// <summary>A whole probe of the member got no ack. Who hears nobody at all is cut off itself.</summary>
    public void NoteUnreached(in Caller caller, Member member)
    {
        if (member.Doubt is not { IsListed: true, IsOutOfReach: false } doubt || stalls.IsCutOff(caller.Now))
            return;
        if (++doubt.InVain < ProbesInVain)
        {
            doubt.NextProbe = caller.Now;
            return;
        }

        doubt.IsOutOfReach = true;
        kernel.Table.Note(member);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberOutOfReach, caller.Now, member, member.Testimonies));
    }
}
