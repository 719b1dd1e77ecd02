namespace Gossip.Protocol;

/// <summary>
/// Ways around (not in the papers). A firewall may let no datagram pass between two members that are both well. Relays and streams still
/// show that the other lives, so neither is held dead. But news comes late there, and an operator should know why.
/// </summary>
internal sealed class IndirectPaths(Kernel kernel)
{
    /// <summary>
    /// Probes in a row that were answered only by an indirect path: at 5 % loss that happens by chance once in a thousand.
    /// </summary>
    private const int IndirectProbesToTell = 3;

    /// <summary>The live members that were recently reached only through relays or by stream.</summary>
    public IEnumerable<Member> IndirectlyReached => kernel.Table.Peers.ToArray().Where(peer => peer.IndirectProbes >= IndirectProbesToTell);

    /// <summary>
    /// Whether a refused stream says that the member's process is gone. It does not where a firewall refuses in its place: a member that
    /// refused and then answered directly, in the same life, has shown that, until a stream gets through.
    /// </summary>
    public static bool IsTelling(Member refusing)
    {
        if (refusing.Refusal == Refusal.Contradicted)
            return false;
        refusing.Refusal = Refusal.Heard;
        return true;
    }

    /// <summary>A probe was answered: what that says of refused streams.</summary>
    public static void NoteAnswer(Member target, Delivery delivery, bool isDirect)
    {
        if (delivery == Delivery.Stream)
            target.Refusal = Refusal.None;
        else if (isDirect && target.Refusal == Refusal.Heard)
            target.Refusal = Refusal.Contradicted;
    }

    /// <summary>A probe was answered: what that says of the way of datagrams.</summary>
    public void NotePath(in Caller caller, Member target, bool isDirect)
    {
        if (isDirect)
        {
            if (target.IndirectProbes == IndirectProbesToTell)
                caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.DatagramsPass, caller.Now, target));
            target.IndirectProbes = 0;
            return;
        }

        kernel.Counters.ProbesOverIndirectPaths++;
        if (target.IndirectProbes < IndirectProbesToTell && ++target.IndirectProbes == IndirectProbesToTell)
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.DatagramsBlocked, caller.Now, target));
    }
}
