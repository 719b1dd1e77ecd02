using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Statistics;
using Gossip.Transport;

namespace Gossip.Loop;

/// <content>
/// What the meter reads. The loop owns what it counts, and hands out a copy once a second, as long as somebody collects it: so whoever
/// collects neither waits for the loop nor takes its time.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>Between two copies.</summary>
    private static readonly TimeSpan SamplePace = TimeSpan.FromSeconds(1);

    private readonly EventTally _tally = new();
    private NodeSample? _sample;
    private Instant? _sampled;
    private long _roundTrips;

    /// <summary>Who measures the node, if anybody. Set before <see cref="Start"/>.</summary>
    internal NodeMeter? Meter { get; set; }

    /// <summary>The last copy; null while nobody collects it.</summary>
    internal NodeSample? Sample => Volatile.Read(ref _sample);

    /// <summary>What the transport counted. From any thread.</summary>
    internal TransportFigures Transported => _transport.Counters.Read();

    /// <summary>What readers see.</summary>
    internal ServiceSnapshot Published => _feed.Newest.Snapshot;

    /// <summary>What this process called that is in no snapshot any more.</summary>
    internal FormerInstances FormerInstances => _feed.BalancingClock.Former;

    /// <summary>Questions that wait for the loop. From any thread.</summary>
    internal int CommandsQueued => _commands.Reader.Count;

    /// <summary>Addresses of seeds that wait for the loop. From any thread.</summary>
    internal int SeedsQueued => _found.Reader.Count;

    /// <summary>Events that wait to be logged. From any thread.</summary>
    internal int EventsQueued => _journal.Queued;

    private void MeasureRoundTrip()
    {
        if (_node.Counters.RoundTrips == _roundTrips)
            return;
        _roundTrips = _node.Counters.RoundTrips;
        _series.NoteRoundTrip(_node.Counters.LastRoundTrip);
        Meter?.RoundTrip.Record(_node.Counters.LastRoundTrip.TotalSeconds);
    }

    private void TakeSample(Instant now)
    {
        if (Meter is not { } meter || now - _sampled < SamplePace)
            return;
        _sampled = now;
        Volatile.Write(ref _sample, meter.IsCollected ? MakeSample(now) : null);
    }

    private NodeSample MakeSample(Instant now) => new(
        NodeFigures.Of(_node.Counters),
        _tally.Read(),
        new ShellFigures(Interlocked.Read(ref _seedsDropped), _journal.Dropped, MulticastDropped: 0),
        _node.LocalHealth,
        _node.RumorCount,
        _node.RecordBytes,
        _failures,
        _node.TryFindLoad(_node.Self.Id, now, out var load, out _) ? load : Load.Idle);
}
