using System.CommandLine;
using System.Diagnostics;
using Gossip.Benchmarks.Simulated;

namespace Gossip.Benchmarks.Fuzzing;

/// <summary>Feeds whatever reads foreign bytes as long as one has time for it.</summary>
internal static class FuzzCommand
{
    /// <summary>What a life takes at most, however busy the machine; one that takes longer hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static Command Create()
    {
        var minutes = Number.Real("--minutes", 1, 0, 10_000, "For how long, shared by the targets; each lives once at least");
        var only = new Option<string[]>("--target")
        {
            Description = "Only these targets; all by default", AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong([.. FuzzTarget.All.Select(target => target.Name)]);
        var first = new Option<ulong>("--seed")
        {
            Description = "The seed of the first life of each target; the next has the next", DefaultValueFactory = _ => 1,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("fuzz", "Feeds what reads foreign bytes with inputs that are nearly good, and prints what has broken")
        {
            minutes, only, first, json,
        };
        command.SetAction(parsed =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var some = parsed.GetValue(only) ?? [];
            FuzzTarget[] targets = some.Length > 0 ? [.. some.Select(FuzzTarget.Find)] : [.. FuzzTarget.All];
            var share = TimeSpan.FromMinutes(parsed.GetValue(minutes) / targets.Length);
            FuzzReport[] reports = [.. targets.Select(target => Run(target, parsed.GetValue(first), share, error))];
            var result = new { executions = reports.Sum(report => report.Executions), targets = reports };
            parsed.InvocationConfiguration.Output.WriteLine(Json.Of(result, parsed.GetValue(json)));
            return reports.All(report => report.Found.Count == 0) ? 0 : 1;
        });
        return command;
    }

    private static FuzzReport Run(FuzzTarget target, ulong seed, TimeSpan time, TextWriter error)
    {
        var watch = Stopwatch.StartNew();
        var found = new List<FuzzFailure>();
        long executions = 0;
        do
        {
            var failure = Live(target, seed++, out var hangs);
            executions += failure?.Step ?? target.Known.Count + target.Steps;
            if (failure is null)
                continue;
            found.Add(failure);
            error.WriteLine(failure);
            if (hangs)
                break;
        }
        while (watch.Elapsed < time);
        return new FuzzReport(target.Name, executions, Math.Round(executions / watch.Elapsed.TotalSeconds), found);
    }

    private static FuzzFailure? Live(FuzzTarget target, ulong seed, out bool hangs)
    {
        var life = Task.Run(() => target.Live(seed));
        hangs = !life.Wait(Patience);
        return hangs ? new FuzzFailure(target.Name, seed, 0, "", $"It has not ended within {Patience.TotalMinutes} minutes.") : life.Result;
    }
}

/// <summary>What a target was fed.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Executions">How many inputs.</param>
/// <param name="ExecutionsPerS">And how many in a second.</param>
/// <param name="Found">What must not have been.</param>
internal sealed record FuzzReport(string Target, long Executions, double ExecutionsPerS, IReadOnlyList<FuzzFailure> Found);
