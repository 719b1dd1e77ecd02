namespace Gossip.Protocol;

/// <summary>What a node's process offers, how busy it is, and how far the news of it has spread.</summary>
internal sealed partial class Node
{
    /// <summary>The records of a member, each decoded anew; none for a member that is not known.</summary>
    public IReadOnlyList<ServiceRecord> ServicesOf(MemberId owner) => _registry.ServicesOf(owner);

    /// <summary>Registers an instance of a service, or changes one. A record with the same content is no change.</summary>
    /// <exception cref="ArgumentException">A value of the record is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The node already has the maximum number of records.</exception>
    public void Register(Instant now, ServiceRecord record, IOutbox outbox) =>
        _registry.Register(new Caller(now, outbox), record);

    /// <summary>Removes an instance. False when the node has none of that id.</summary>
    public bool Deregister(Instant now, string instanceId, IOutbox outbox) =>
        _registry.Deregister(new Caller(now, outbox), instanceId);

    /// <summary>
    /// Says how busy this node's process is. Call it about every second while it is busy, and once when it is idle again: a load that is
    /// reported once is not repeated, and grows old. It is sent to the others when it differs by a tenth or more from what they know, or
    /// was not sent for 5 s, and at most twice a second; the last call counts.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="load">How busy it is.</param>
    public void ReportLoad(Instant now, Load load) => _loads.Report(now, load);

    /// <summary>What is known of a member's load. False when it sent none recently, or is not live.</summary>
    /// <param name="id">The member; this node too.</param>
    /// <param name="now">The time.</param>
    /// <param name="load">Its load.</param>
    /// <param name="at">When the member had it, as nearly as this node can tell.</param>
    public bool TryFindLoad(MemberId id, Instant now, out Load load, out Instant at) =>
        _loads.TryFind(id, now, out load, out at);

    /// <summary>
    /// Takes the loads that were received since the last call, each member's last one. They are apart from the member table, which no load
    /// changes.
    /// </summary>
    /// <param name="changes">Where they are added.</param>
    /// <returns>Whether there were any.</returns>
    public bool TryTakeLoads(List<LoadChange> changes) => _loads.TryTake(changes);

    /// <summary>How far the proof that was begun last has come; null when there is none.</summary>
    public Proof? Proof => _tracker.Proof;

    /// <summary>
    /// How many live peers have acknowledged this node's records as they are now, and how many live peers there are. An ack tells that,
    /// whether a proof is under way or not.
    /// </summary>
    public (int Holders, int Peers) CountHolders() => _tracker.CountHolders();

    /// <summary>
    /// Whether any other node may know this node's records: a live member, or one that has answered this node's question and that this node
    /// does not know yet.
    /// </summary>
    public bool IsHeard(Instant now) => _tracker.IsHeard(now);

    /// <summary>
    /// Begins to prove that every live peer holds this node's records as they are now: asks all peers that are not known to hold them,
    /// repeatedly and with growing pauses, until each has acknowledged them, <see cref="StopProving"/> is called or the node leaves. An
    /// earlier proof ends, since the later one includes it. Members that join meanwhile are asked too; a member that is suspect, dead or
    /// gone does not count.
    /// </summary>
    public void Prove(Instant now) => _tracker.Prove(now);

    /// <summary>Ends the proof under way, if any. What it has shown is forgotten.</summary>
    public void StopProving() => _tracker.Stop();
}
