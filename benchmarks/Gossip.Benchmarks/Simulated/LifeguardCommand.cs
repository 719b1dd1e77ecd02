using System.CommandLine;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>Lifeguard's experiment (arXiv 1707.00788 §V), in the simulator.</summary>
internal static class LifeguardCommand
{
    public static Command Create()
    {
        var names = LifeguardConfig.All.Select(one => one.Name).ToArray();
        var config = new Option<string>("--config") { Description = "The configuration of the detector", DefaultValueFactory = _ => "default" };
        config.AcceptOnlyFromAmong(names);
        var runs = new Option<LifeguardRuns>("--runs") { Description = "One anomaly per run, or one after the other", DefaultValueFactory = _ => LifeguardRuns.Threshold };
        var reps = new Option<int>("--reps") { Description = "Repetitions of the grid", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "The first seed", DefaultValueFactory = _ => 1 };
        var full = new Option<bool>("--full") { Description = "The paper's whole grid, instead of a reduced one" };
        var members = new Option<int?>("--members") { Description = "Members, instead of the grid's 128" };
        var anomalous = Values("--anomalous", "Only with so many anomalous members");
        var blocked = Values("--blocked", "Only with anomalies of so many milliseconds");
        var normal = Values("--normal", "Only with so many milliseconds between anomalies");
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("lifeguard", "Runs Lifeguard's experiment in the simulator: false positives, detection, messages")
        {
            config, runs, reps, seed, full, members, anomalous, blocked, normal, json,
        };
        command.SetAction(parsed =>
        {
            var chosen = LifeguardConfig.All.Single(one => one.Name == parsed.GetValue(config));
            var whole = parsed.GetValue(full) ? LifeguardGrid.Full : LifeguardGrid.Reduced;
            var grid = whole with
            {
                Members = parsed.GetValue(members) ?? whole.Members,
                Anomalous = Or(parsed.GetValue(anomalous), whole.Anomalous),
                Blocked = Or(parsed.GetValue(blocked), whole.Blocked),
                Normal = Or(parsed.GetValue(normal), whole.Normal),
            };
            var result = LifeguardExperiment.Run(chosen, parsed.GetValue(runs), parsed.GetValue(reps), parsed.GetValue(seed), grid);
            parsed.InvocationConfiguration.Output.WriteLine(Json.Of(result, parsed.GetValue(json)));
            return 0;
        });
        return command;
    }

    private static Option<int[]> Values(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    private static IReadOnlyList<int> Or(int[]? given, IReadOnlyList<int> standard) => given is { Length: > 0 } ? given : standard;
}
