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

    /// <summary>
    /// Members out of reach that are asked in one round besides the probe, so that many are back soon after what kept them away is over.
    /// </summary>
    private const int AskedAtOnce = 8;

    private readonly List<Member> _doubted = [];
    private readonly List<Member> _asked = [];
    private uint _question;
    private uint _turn;

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

    /// <summary>
    /// Asks some of those that are out of reach for no more than an ack, in their turn: of dozens at a time one probe in two rounds
    /// would find the last after minutes.
    /// </summary>
    public void AskAgain(in Caller caller)
    {
        _asked.Clear();
        for (var left = _doubted.Count; left > 0 && _asked.Count < AskedAtOnce; left--)
        {
            var member = _doubted[(int)(_turn++ % (uint)_doubted.Count)];
            if (member is { IsLive: true, IsOutOfReach: true })
                _asked.Add(member);
        }

        if (_asked.Count == 0)
            return;
        _question = kernel.Sender.NextSequence();
        foreach (var member in _asked)
            kernel.Sender.Send(kernel.BeginPing(caller.Now, _question, member), member.Address, Delivery.Datagram, caller);
    }

    /// <summary>Takes an ack to <see cref="AskAgain"/>; false for any other.</summary>
    public bool TryReceiveAck(in Caller caller, in Ack ack)
    {
        var tag = ack.ResponderTag;
        if (ack.Sequence != _question || _asked.Find(member => member.Id.Tag == tag) is not { } member
            || !kernel.Sender.Tokens.IsOwn(ack, member.Address, caller.Now))
            return false;
        NoteReached(caller, member);
        return true;
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
