using System.Globalization;
using System.Text;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>The figures as the tables of docs/OPERATIONS.md.</summary>
internal static class PausesTable
{
    public static string Of(IReadOnlyList<PauseResult> pauses, IReadOnlyList<PatienceResult> prices)
    {
        var text = new StringBuilder();
        foreach (var ofSize in pauses.GroupBy(one => one.Members))
            AddPauses(text, ofSize.Key, [.. ofSize]);
        AddPrices(text, prices);
        var (accused, dead) = (pauses.Sum(one => one.AccusedByPaused), pauses.Sum(one => one.OthersHeldDead));
        text.Append(CultureInfo.InvariantCulture, $"In {pauses.Sum(one => one.Runs)} runs the paused process, awake again, accused a healthy member in {accused}; ");
        text.Append(CultureInfo.InvariantCulture, $"healthy members held dead, by anybody: {dead}.");
        return text.ToString();
    }

    private static void AddPauses(StringBuilder text, int members, PauseResult[] pauses)
    {
        var presets = pauses.Select(one => one.Preset).Distinct().ToList();
        text.Append(CultureInfo.InvariantCulture, $"| a pause of, among {members} members | {string.Join(" | ", presets.Select(preset => $"`{preset}`"))} |\n");
        text.Append('|').Insert(text.Length, "---|", presets.Count + 1).Append('\n');
        foreach (var ofPause in pauses.GroupBy(one => one.PauseS))
            text.Append(CultureInfo.InvariantCulture, $"| {ofPause.Key:0.#} s | {string.Join(" | ", ofPause.Select(Cell))} |\n");
        text.Append('\n');
    }

    private static void AddPrices(StringBuilder text, IReadOnlyList<PatienceResult> prices)
    {
        text.Append("| a silent host is held dead after, p50 / p99 | by the first | by all |\n|---|---|---|\n");
        foreach (var one in prices)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{one.Preset}`, {one.Members} members ");
            text.Append(CultureInfo.InvariantCulture, $"| {one.FirstP50S:0.0} / {one.FirstP99S:0.0} s | {one.AllP50S:0.0} / {one.AllP99S:0.0} s |\n");
        }

        text.Append('\n');
    }

    /// <summary>"**dead** in 20 of 20, back in 2 ms to 1.2 s", "suspected in 3 of 20" or "–".</summary>
    private static string Cell(PauseResult one)
    {
        if (one.HeldDead > 0)
            return string.Create(CultureInfo.InvariantCulture, $"**dead** in {one.HeldDead} of {one.Runs}, back in {Back(one)}");
        return one.Suspected > 0 ? string.Create(CultureInfo.InvariantCulture, $"suspected in {one.Suspected} of {one.Runs}") : "–";
    }

    private static string Back(PauseResult one) =>
        Span(one.BackP50S) == Span(one.BackWorstS) ? Span(one.BackWorstS) : $"{Span(one.BackP50S)}, at most {Span(one.BackWorstS)}";

    /// <summary>Rounded up: nothing takes no time.</summary>
    private static string Span(double seconds) => seconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds * 1000):0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
}
