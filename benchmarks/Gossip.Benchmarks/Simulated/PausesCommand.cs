using System.CommandLine;
using Gossip.Protocol;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>How long a process may stop, for each preset, and what that costs.</summary>
internal static class PausesCommand
{
    private static readonly double[] Pauses = [0.5, 1, 2, 5, 10, 15, 20, 30];
    private static readonly int[] Sizes = [16, 128];

    public static Command Create()
    {
        var seeds = Number.Whole("--seeds", 20, 1, 10_000, "Pauses of each kind, each in a world of its own");
        var hosts = Number.Whole("--hosts", 200, 1, 10_000, "Hosts that fall silent, for the price of each preset");
        var sizes = new Option<int[]>("--nodes") { Description = "Sizes of the cluster, instead of 16 and 128", AllowMultipleArgumentsPerToken = true };
        var first = new Option<ulong>("--first-seed") { Description = "The first seed", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var markdown = new Option<bool>("--markdown") { Description = "Print the tables of docs/OPERATIONS.md (the default)" };
        var command = new Command("pauses", "Stops one process of a cluster for a while, with each preset: is it held dead, and how soon is it back?")
        {
            seeds, hosts, sizes, first, json, markdown,
        };
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(sizes) is { Length: > 0 } some ? some : Sizes;
            var (runs, seed) = (parsed.GetValue(seeds), parsed.GetValue(first));
            PauseResult[] pauses =
            [
                .. from size in chosen
                   from pause in Pauses
                   from preset in Preset.All
                   select PauseExperiment.Run(preset, size, TimeSpan.FromSeconds(pause), runs, seed),
            ];
            PatienceResult[] prices =
                [.. from size in chosen from preset in Preset.All select PauseExperiment.Price(preset, size, parsed.GetValue(hosts), seed)];
            parsed.InvocationConfiguration.Output.WriteLine(
                parsed.GetValue(json) ? Json.Of(new { pauses, prices }, oneLine: true) : PausesTable.Of(pauses, prices));
            return pauses.Any(IsBroken) ? 1 : 0;
        });
        return command;
    }

    /// <summary>A preset that does not keep what its name says, or one whose paused members take others with them.</summary>
    private static bool IsBroken(PauseResult one) =>
        one.OthersHeldDead > 0 || (one.HeldDead > 0 && one.PauseS <= Preset.Find(one.Preset)!.Tolerates.TotalSeconds);
}
