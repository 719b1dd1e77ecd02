using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>Lifeguard's experiment (arXiv 1707.00788 §V), in the simulator.</summary>
internal static class LifeguardCommand
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly JsonSerializerOptions Indented = new(Snake) { WriteIndented = true };

    public static Command Create()
    {
        var names = LifeguardConfig.All.Select(one => one.Name).ToArray();
        var config = new Option<string>("--config") { Description = "The configuration of the detector", DefaultValueFactory = _ => "default" };
        config.AcceptOnlyFromAmong(names);
        var runs = new Option<LifeguardRuns>("--runs") { Description = "One anomaly per run, or one after the other", DefaultValueFactory = _ => LifeguardRuns.Threshold };
        var reps = new Option<int>("--reps") { Description = "Repetitions of the grid", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "The first seed", DefaultValueFactory = _ => 1 };
        var full = new Option<bool>("--full") { Description = "The paper's whole grid, instead of a reduced one" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("lifeguard", "Runs Lifeguard's experiment in the simulator: false positives, detection, messages") { config, runs, reps, seed, full, json };
        command.SetAction(parsed =>
        {
            var chosen = LifeguardConfig.All.Single(one => one.Name == parsed.GetValue(config));
            var grid = parsed.GetValue(full) ? LifeguardGrid.Full : LifeguardGrid.Reduced;
            var result = LifeguardExperiment.Run(chosen, parsed.GetValue(runs), parsed.GetValue(reps), parsed.GetValue(seed), grid);
            Console.WriteLine(JsonSerializer.Serialize(result, parsed.GetValue(json) ? Snake : Indented));
            return 0;
        });
        return command;
    }
}
