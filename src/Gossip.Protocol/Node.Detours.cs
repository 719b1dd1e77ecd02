namespace Gossip.Protocol;

/// <summary>
/// Ways around (not in the papers). A firewall may let no datagram pass between two members that are both well: relays and streams still tell
/// that the other lives, so nobody dies of it. But news comes late there, and somebody ought to know why.
/// </summary>
public sealed partial class Node
{
    /// <summary>So many probes in a row that only came around: at five percent of loss that is an accident once in a thousand.</summary>
    private const int DetoursToTell = 3;

    /// <summary>The live members that of late were reached only through others or by stream.</summary>
    public IEnumerable<Member> Detoured => _table.Peers.ToArray().Where(peer => peer.Detours >= DetoursToTell);

    /// <summary>
    /// Whether a refused stream says that the member's process is gone. It does not where a firewall refuses in its place: a member that was
    /// refused and then answered straight, in the same life, has shown that, until a stream gets through.
    /// </summary>
    private static bool IsTelling(Member refusing)
    {
        if (refusing.Refusal == Refusal.Contradicted)
            return false;
        refusing.Refusal = Refusal.Heard;
        return true;
    }

    private static void NoteAnswer(Member target, Delivery delivery, bool isDirect)
    {
        if (delivery == Delivery.Stream)
            target.Refusal = Refusal.None;
        else if (isDirect && target.Refusal == Refusal.Heard)
            target.Refusal = Refusal.Contradicted;
    }

    private void NotePath(Instant now, Member target, bool isDirect, IOutbox outbox)
    {
        if (isDirect)
        {
            if (target.Detours == DetoursToTell)
                outbox.Publish(new ClusterEvent(ClusterEventKind.DatagramsPass, now, target));
            target.Detours = 0;
            return;
        }

        Counters.ProbesDetoured++;
        if (target.Detours < DetoursToTell && ++target.Detours == DetoursToTell)
            outbox.Publish(new ClusterEvent(ClusterEventKind.DatagramsBlocked, now, target));
    }
}
