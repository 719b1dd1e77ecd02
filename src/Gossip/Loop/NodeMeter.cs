using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gossip.Diagnostics;

namespace Gossip.Loop;

/// <summary>
/// The instruments of a node, named as OpenTelemetry's conventions have it; docs/METRICS.md says what each tells. What is counted is read
/// when somebody collects it, from copies; only what has a moment is recorded when it happens, and only while somebody listens. No tag has
/// a value that a peer chooses.
/// </summary>
internal sealed partial class NodeMeter
{
    /// <summary>From a look at an empty socket to a turn that makes a snapshot of thousands of members.</summary>
    private static readonly InstrumentAdvice<double> OfWork = Boundaries(
        0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1);

    /// <summary>From loopback to a probe that was given more time.</summary>
    private static readonly InstrumentAdvice<double> OfRoundTrips = Boundaries(
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1);

    /// <summary>From one answer to the longest that a drain waits by default.</summary>
    private static readonly InstrumentAdvice<double> OfProofs = Boundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);

    private readonly Meter _meter;
    private readonly List<Instrument> _counted = [];
    private GossipNode? _node;

    public NodeMeter(Meter meter)
    {
        _meter = meter;
        RoundTrip = meter.CreateHistogram(
            "gossip.probe.duration", "s", "Round trips of probes that were answered directly.", null, OfRoundTrips);
        TurnTime = meter.CreateHistogram("gossip.loop.turn.duration", "s", "Turns of the loop, without their waits.", null, OfWork);
        BuildTime = meter.CreateHistogram("gossip.snapshot.build.duration", "s", "Making of snapshots.", null, OfWork);
        ProofTime = meter.CreateHistogram(
            "gossip.proof.duration", "s", "Waits until the live peers had this node's newest records, as in a drain.", null, OfProofs);
        CreateOfMembers();
        CreateOfFailureDetection();
        CreateOfNetwork();
        CreateOfRegistry();
        CreateOfLoad();
    }

    /// <summary>Seconds.</summary>
    public Histogram<double> RoundTrip { get; }

    /// <summary>Seconds.</summary>
    public Histogram<double> TurnTime { get; }

    /// <summary>Seconds.</summary>
    public Histogram<double> BuildTime { get; }

    /// <summary>Seconds.</summary>
    public Histogram<double> ProofTime { get; }

    /// <summary>The node that is measured; null before its start and after its end, when there is nothing to collect.</summary>
    public GossipNode? Node
    {
        get => Volatile.Read(ref _node);
        set => Volatile.Write(ref _node, value);
    }

    /// <summary>Whether somebody collects anything that only the loop can count.</summary>
    public bool IsCollected => _counted.Exists(static instrument => instrument.Enabled);

    /// <summary>The moment at which something begins; 0 when nobody asks how long it takes.</summary>
    public static long Begin(Histogram<double>? histogram) => histogram is { Enabled: true } ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records how long it took.</summary>
    public static void End(Histogram<double>? histogram, long began)
    {
        if (began != 0)
            histogram?.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static InstrumentAdvice<double> Boundaries(params double[] seconds) => new() { HistogramBucketBoundaries = seconds };

    private IEnumerable<Measurement<T>> OfNode<T>(Func<GossipNode, IEnumerable<Measurement<T>>> read)
        where T : struct => Node is { } node ? read(node) : [];

    private IEnumerable<Measurement<T>> OfSample<T>(Func<NodeSample, IEnumerable<Measurement<T>>> read)
        where T : struct => Node?.Sample is { } sample ? read(sample) : [];

    private void Count(string name, string unit, string description, Func<NodeSample, long> read) =>
        CountEach(name, unit, description, sample => [new Measurement<long>(read(sample))]);

    private void CountEach(string name, string unit, string description, Func<NodeSample, IEnumerable<Measurement<long>>> read) =>
        _counted.Add(_meter.CreateObservableCounter(name, () => OfSample(read), unit, description));

    private void Level(string name, string unit, string description, Func<NodeSample, long> read) => _counted.Add(
        _meter.CreateObservableUpDownCounter(name, () => OfSample<long>(sample => [new(read(sample))]), unit, description));

    private void Gauge(string name, string unit, string description, Func<NodeSample, double> read) => _counted.Add(
        _meter.CreateObservableGauge(name, () => OfSample<double>(sample => [new(read(sample))]), unit, description));
}
