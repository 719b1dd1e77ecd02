namespace Gossip.Protocol;

/// <summary>On whose behalf the node acts: the sender of the packet under work, or, with a time and an outbox alone, its host.</summary>
/// <param name="Now">The time.</param>
/// <param name="Outbox">Where effects go.</param>
/// <param name="From">Where the packet came from; the default for none.</param>
/// <param name="Delivery">How it came.</param>
/// <param name="Second">The packet's, by <see cref="Freshness"/>; 0 for one in the clear.</param>
/// <param name="Answerer">The tag of the member that has answered this node's question from there, in this packet; 0 for none.</param>
/// <param name="KeyId">The key that sealed the packet, by which it is answered; 0 for one in the clear, and for the host.</param>
/// <param name="Answer">What the packet may draw; null for what the host asks for.</param>
/// <param name="IsBriefing">Whether the packet tells a newcomer of the cluster: that is news to nobody else.</param>
internal readonly record struct Caller(
    Instant Now, IOutbox Outbox, PeerAddress From = default, Delivery Delivery = Delivery.Datagram, uint Second = 0,
    uint Answerer = 0, uint KeyId = 0, AnswerBudget? Answer = null, bool IsBriefing = false)
{
    /// <summary>
    /// Bytes that a frame to an address may have on behalf of the packet: what that may draw for its own address, and no more than it
    /// brought for one that it names, which has shown nothing, whoever sent the packet.
    /// </summary>
    public int RoomFor(PeerAddress address) =>
        Answer is not { } answer ? int.MaxValue : address == From ? answer.LeftForSender : answer.LeftForOthers;

    /// <summary>Whether the packet came by stream, or from the address of a live member.</summary>
    public bool IsLive(MemberTable table) => Delivery == Delivery.Stream || table.FindLiveAt(From) is not null;

    /// <summary>
    /// Whether the packet may be answered with more bytes than it brought: it came by stream, which nobody opens from an address that is
    /// another's, or from where a live member has answered this node.
    /// </summary>
    public bool IsProven(MemberTable table) => Delivery == Delivery.Stream || table.IsProven(From);
}
