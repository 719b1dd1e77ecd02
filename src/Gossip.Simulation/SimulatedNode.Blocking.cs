using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Lifeguard's anomaly (§V-A): a node blocks just before each send and just after each receive, for a while. Packets are delayed, not
/// dropped; timers keep running. The papers' agents are threads, and each thread blocks by itself: at most one probe and one burst of
/// gossip hang, suspicions run out meanwhile, and inbound packets wait in one queue. This library's shell has one loop, which would stop as
/// a whole (<see cref="Pause"/>); this is the harder case.
/// </summary>
internal sealed partial class SimulatedNode
{
    /// <summary>Each of these has a thread of its own, and hangs at its first send.</summary>
    private static readonly int[] Threads = [Bit(Deadline.ProbeStep) | Bit(Deadline.ProbeRound), Bit(Deadline.Gossip)];

    private readonly Queue<(PeerAddress Peer, byte[] Packet, Delivery Delivery)> _heldSends = new();
    private readonly Queue<WorldEvent> _heldReceives = new();
    private bool _isBlocked;

    /// <summary>Begins an anomaly.</summary>
    internal void Block() => _isBlocked = true;

    /// <summary>
    /// Ends the anomaly. Blocked sends go out first; then the threads continue, before the queue of inbound packets is processed: a probe
    /// whose window has closed fails although its ack may wait in the queue, as in the papers.
    /// </summary>
    internal void Unblock()
    {
        _isBlocked = false;
        Node.Timers.Held = 0;
        while (_heldSends.TryDequeue(out var held))
            _world.Network.Send(this, held.Peer, held.Packet, held.Delivery);
        var now = LocalNow;
        while (Node.NextDeadline <= now)
            Node.Tick(now, this);
        while (_heldReceives.TryDequeue(out var waiting))
        {
            Take(waiting);
            if (waiting.Parcel is { } parcel)
                _world.Unwrap(parcel);
        }

        _tickAt = TimeSpan.MaxValue;
        ScheduleTick();
    }

    /// <summary>Stops asking seeds, which are not part of the experiment.</summary>
    internal void ForgetSeeds() => _seeds.Clear();

    private static int Bit(Deadline deadline) => 1 << (int)deadline;

    private bool HoldsBack(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        if (_isBlocked)
            _heldSends.Enqueue((peer, packet.ToArray(), delivery));
        return _isBlocked;
    }

    private bool TakesBlocked(in WorldEvent happening)
    {
        if (!_isBlocked)
            return false;
        if (happening.Kind != WorldEventKind.Tick)
        {
            _heldReceives.Enqueue(happening);
            return true;
        }

        _tickAt = TimeSpan.MaxValue;
        if (Node.NextDeadline <= LocalNow)
            TickThreads(LocalNow);
        ScheduleTick();
        return true;
    }

    /// <summary>Lets each thread that does not hang do what is due. A thread that sends hangs.</summary>
    private void TickThreads(Instant now)
    {
        var timers = Node.Timers;
        var hanging = timers.Held;
        timers.Held = hanging | Threads[0] | Threads[1];
        Node.Tick(now, this);
        foreach (var thread in Threads)
        {
            if ((hanging & thread) != 0)
                continue;
            var before = _heldSends.Count;
            timers.Held = ~thread;
            Node.Tick(now, this);
            hanging |= _heldSends.Count > before ? thread : 0;
        }

        timers.Held = hanging;
    }
}
