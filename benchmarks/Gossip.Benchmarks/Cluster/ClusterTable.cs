using System.Text;
using System.Text.Json.Nodes;

namespace Gossip.Benchmarks.Cluster;

/// <summary>The figures for people: one line each, samples left out.</summary>
internal static class ClusterTable
{
    public static string Of(JsonObject figures)
    {
        var text = new StringBuilder();
        var width = figures.Max(figure => figure.Key.Length);
        foreach (var (name, value) in figures)
        {
            if (value is not JsonArray)
                text.Append(name.PadRight(width + 2)).AppendLine(value?.ToJsonString() ?? "-");
        }

        return text.ToString().TrimEnd();
    }
}
