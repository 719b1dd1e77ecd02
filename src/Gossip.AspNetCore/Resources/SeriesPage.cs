using Gossip.Diagnostics;
using Gossip.Loop;

namespace Gossip.AspNetCore.Resources;

/// <summary>What this node did in the last quarter of an hour, in steps, the oldest first.</summary>
internal sealed record SeriesPage(
    int Schema, DateTimeOffset Now, double StepSeconds, DateTimeOffset From, int Points, SeriesPart Series)
{
    public static SeriesPage Of(SeriesReport series, GossipNode node) => new(
        PageJson.Schema,
        node.Now,
        NodeSeries.StepTime.TotalSeconds,
        node.StartedAt + (series.First * NodeSeries.StepTime),
        series.Steps.Count,
        SeriesPart.Of(series.Steps));
}

/// <summary>One number for each step, null for a gap; a rate per second where it is a count.</summary>
internal sealed record SeriesPart(
    IReadOnlyList<double?> PacketsIn,
    IReadOnlyList<double?> PacketsOut,
    IReadOnlyList<double?> BytesIn,
    IReadOnlyList<double?> BytesOut,
    IReadOnlyList<double?> Drops,
    IReadOnlyList<double?> Probes,
    IReadOnlyList<double?> ProbesFailed,
    IReadOnlyList<double?> RoundTripMs,
    IReadOnlyList<double?> LoopTurnMs,
    IReadOnlyList<double?> LoopLateMs,
    IReadOnlyList<double?> LocalHealth,
    IReadOnlyList<double?> MembersAlive,
    IReadOnlyList<double?> MembersSuspect,
    IReadOnlyList<double?> Rumors,
    IReadOnlyList<double?> Calls,
    IReadOnlyList<double?> CallFailures)
{
    public static SeriesPart Of(IReadOnlyList<SeriesStep?> steps)
    {
        return new(
            Each(one => one.PacketsIn),
            Each(one => one.PacketsOut),
            Each(one => one.BytesIn),
            Each(one => one.BytesOut),
            Each(one => one.Drops),
            Each(one => one.Probes),
            Each(one => one.ProbesFailed),
            Each(one => one.RoundTripMs),
            Each(one => one.LoopTurnMs),
            Each(one => one.LoopLateMs),
            Each(one => one.Levels.LocalHealth),
            Each(one => one.Levels.MembersAlive),
            Each(one => one.Levels.MembersSuspect),
            Each(one => one.Levels.Rumors),
            Each(one => one.Calls),
            Each(one => one.CallFailures));

        double?[] Each(Func<SeriesStep, double?> read) =>
            [.. steps.Select(one => PageJson.Short(one is null ? null : read(one)))];
    }
}
