namespace Gossip.Protocol;

/// <summary>On whose behalf the node acts: the sender of the packet under work, or, with a time and an outbox alone, its host.</summary>
/// <param name="Now">The time.</param>
/// <param name="Outbox">Where effects go.</param>
/// <param name="From">Where the packet came from; the default for none.</param>
/// <param name="Delivery">How it came.</param>
/// <param name="IsBriefing">Whether the packet tells a newcomer of the cluster: that is news to nobody else.</param>
internal readonly record struct Caller(
    Instant Now, IOutbox Outbox, PeerAddress From = default, Delivery Delivery = Delivery.Datagram, bool IsBriefing = false)
{
    /// <summary>
    /// A packet that may be answered with more than it asks: by stream the address is proven, else it is a live member's.
    /// </summary>
    public bool IsMember(MemberTable table) => Delivery == Delivery.Stream || table.FindLiveAt(From) is not null;
}
