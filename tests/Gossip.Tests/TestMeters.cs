using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gossip.Tests;

/// <summary>Collects what the instruments of one factory, and of no other in this process, say.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string What, double Value)> _said = new();
    private readonly List<Meter> _made = [];

    /// <param name="scope">The factory; null for this one.</param>
    public TestMeters(IMeterFactory? scope = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Gossip" && ReferenceEquals(instrument.Meter.Scope, scope ?? this))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was said of an instrument since the start; the values of its tags are a part of its name, as in "gossip.members alive".
    /// </summary>
    public double[] Of(string what) => [.. _said.Where(one => one.What == what).Select(one => one.Value)];

    /// <summary>What all that is collected says at this moment.</summary>
    public Dictionary<string, double> Collect()
    {
        var before = _said.Count;
        _listener.RecordObservableInstruments();
        return _said.Skip(before).GroupBy(one => one.What).ToDictionary(group => group.Key, group => group.Last().Value);
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        _made.Add(new Meter(options));
        return _made[^1];
    }

    public void Dispose()
    {
        _listener.Dispose();
        _made.ForEach(meter => meter.Dispose());
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var what = instrument.Name;
        foreach (var (_, tag) in tags)
            what += $" {tag}";
        _said.Enqueue((what, value));
    }
}
