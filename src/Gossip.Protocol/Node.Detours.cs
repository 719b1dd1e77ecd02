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
    public IEnumerable<Member> Detoured => _table.Peers.Where(peer => peer.Detours >= DetoursToTell);

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
