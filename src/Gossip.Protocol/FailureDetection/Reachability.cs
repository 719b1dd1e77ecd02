namespace Gossip.Protocol;

/// <summary>
/// Out of reach (not in the papers). A member may live although its address is wrong for this node (the member lost the address, or is in
/// another network): it answers nothing but refutes every accusation, and meanwhile callers are sent to an address where no instance is. So
/// a member that is heard to refute twice within 30 s, with no ack from it on any path, is probed out of turn. When two such probes get no
/// ack either, directly, through relays or by stream, the member is out of this node's reach until an ack comes. That is a mark of this
/// node alone: it is no claim, is not sent, and is in no digest.
/// </summary>
internal sealed class Reachability(Kernel kernel, StallDetector stalls)
{
    private static readonly TimeSpan RefutationWindow = TimeSpan.FromSeconds(30);

    /// <summary>Between two probes out of turn of one member.</summary>
    private static readonly TimeSpan ReachInterval = TimeSpan.FromSeconds(5);

    /// <summary>Where many packets get lost, one probe on all paths fails by chance, and two in a row seldom.</summary>
    private const int ProbesInVain = 2;

    /// <summary>Members that are probed out of turn. If there are more, the regular probes, from and to them, tell in time.</summary>
    private const int MostDoubted = 64;

    /// <summary>
    /// Members out of reach that are asked in one round besides the probe, so that many are back soon after the cause is gone.
    /// </summary>
    private const int AskedAtOnce = 8;

    private readonly List<Member> _doubted = [];
    private readonly List<Member> _asked = [];
    private uint _question;
    private uint _turn;

    /// <summary>Whether any member is probed out of turn.</summary>
    public bool HasDoubted => _doubted.Count > 0;

    public NodeSize Size => new("doubted members", _doubted.Count, MostDoubted);

    /// <summary>The next member to be probed out of turn; null for none.</summary>
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
    /// Asks some of the members that are out of reach, in turn, for no more than an ack: with dozens of them, one probe in two rounds would
    /// reach the last only after minutes.
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

    /// <summary>An ack of the member has come, on any path.</summary>
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

    /// <summary>A whole probe of the member got no ack. A node that hears no member at all is itself cut off.</summary>
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
