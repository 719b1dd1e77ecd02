namespace Gossip.Protocol;

/// <summary>
/// Ways around (not in the papers). A firewall may let no datagram pass between two members that are both well: relays and streams still
/// tell that the other lives, so nobody dies of it. But news comes late there, and somebody ought to know why.
/// </summary>
internal sealed class IndirectPaths(Kernel kernel)
{
    /// <summary>So many probes in a row that only came around: at five percent of loss that is an accident once in a thousand.</summary>
    private const int IndirectProbesToTell = 3;

    /// <summary>The live members that of late were reached only through others or by stream.</summary>
    public IEnumerable<Member> IndirectlyReached => kernel.Table.Peers.ToArray().Where(peer => peer.IndirectProbes >= IndirectProbesToTell);

    /// <summary>
    /// Whether a refused stream says that the member's process is gone. It does not where a firewall refuses in its place: a member that
    /// was refused and then answered straight, in the same life, has shown that, until a stream gets through.
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
