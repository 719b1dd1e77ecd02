using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Gossip.Diagnostics;
using Gossip.Loop;

namespace Gossip.Benchmarks.Cluster;

/// <summary>
/// Does in this process what a periodic exporter does: once a second it collects all instruments of all nodes, each of which has a meter of
/// its own, and writes them as text; and it samples all activities.
/// </summary>
internal sealed class Collector : IMeterFactory
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly MeterListener _measurements = new();
    private readonly ActivityListener _activities = new()
    {
        ShouldListenTo = source => source.Name == GossipActivity.Name,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    private readonly ConcurrentQueue<Meter> _meters = new();
    private readonly ConcurrentQueue<Buckets> _histograms = new();
    private readonly StringBuilder _text = new();
    private readonly PeriodicTimer _timer = new(Pace);
    private readonly Task _running;

    public Collector()
    {
        _measurements.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this))
                listener.EnableMeasurementEvents(instrument, instrument is Histogram<double> histogram ? Keep(histogram) : null);
        };
        _measurements.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Write(instrument.Name, value, tags));
        _measurements.SetMeasurementEventCallback<double>((instrument, value, tags, kept) =>
        {
            if (kept is Buckets buckets)
                buckets.Add(value);
            else
                Write(instrument.Name, value, tags);
        });
        _measurements.Start();
        ActivitySource.AddActivityListener(_activities);
        _running = Task.Run(ExportAsync);
    }

    /// <summary>Bytes of text that were written the last time.</summary>
    public int Exported { get; private set; }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Enqueue(meter);
        return meter;
    }

    /// <summary>The instruments of one more node.</summary>
    public NodeMeter MakeMeter() => new(Create(new MeterOptions(GossipActivity.Name)));

    public void Dispose()
    {
        _timer.Dispose();
        _running.Wait();
        _measurements.Dispose();
        _activities.Dispose();
        foreach (var meter in _meters)
            meter.Dispose();
    }

    private async Task ExportAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            _text.Clear();
            _measurements.RecordObservableInstruments();
            foreach (var histogram in _histograms)
                histogram.Write(_text);
            Exported = _text.Length;
        }
    }

    private Buckets Keep(Histogram<double> histogram)
    {
        var buckets = new Buckets(histogram);
        _histograms.Enqueue(buckets);
        return buckets;
    }

    private void Write(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _text.Append(name);
        foreach (var (tag, of) in tags)
            _text.Append(' ').Append(tag).Append('=').Append(of);
        _text.Append(' ').Append(value).Append('\n');
    }

    /// <summary>A histogram of a node: it has no tags, and one thread that records.</summary>
    private sealed class Buckets(Histogram<double> histogram)
    {
        private readonly double[] _bounds = [.. histogram.Advice!.HistogramBucketBoundaries!];
        private readonly long[] _counts = new long[histogram.Advice!.HistogramBucketBoundaries!.Count + 1];
        private double _sum;

        public void Add(double value)
        {
            var place = Array.BinarySearch(_bounds, value);
            _counts[place < 0 ? ~place : place]++;
            _sum += value;
        }

        public void Write(StringBuilder text)
        {
            for (var i = 0; i < _counts.Length; i++)
            {
                var bound = i < _bounds.Length ? _bounds[i] : double.PositiveInfinity;
                text.Append(histogram.Name).Append(' ').Append(bound).Append(' ').Append(_counts[i]).Append('\n');
            }

            text.Append(histogram.Name).Append(' ').Append(_sum).Append('\n');
        }
    }
}
