using System.Text.Json.Nodes;

namespace Gossip.Benchmarks.Cluster;

/// <summary>Durations in seconds.</summary>
internal sealed class Samples
{
    private readonly List<double> _all = [];

    public void Add(double seconds) => _all.Add(seconds);

    public double? Median()
    {
        if (_all.Count == 0)
            return null;
        var sorted = _all.Order().ToArray();
        return Round((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2);
    }

    /// <summary>The smallest sample that is not below that share of all (nearest rank).</summary>
    public double? Percentile(double share)
    {
        if (_all.Count == 0)
            return null;
        var sorted = _all.Order().ToArray();
        return Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)]);
    }

    public JsonArray ToJson() => [.. _all.Select(sample => (JsonNode)Round(sample))];

    public static double Round(double value) => Math.Round(value, 6);
}
