using System.CommandLine;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>How fast the simulator is.</summary>
internal static class IdleCommand
{
    public static Command Create()
    {
        var nodes = Number.Whole("--nodes", 1000, 2, 20_000, "The size of a cluster, which stands from the start");
        var clusters = Number.Whole("--clusters", 1, 1, 1000, "So many of them in one world, which know nothing of each other");
        var seconds = Number.Real("--seconds", 60, 0.001, 1_000_000, "Virtual seconds to simulate");
        var seed = new Option<ulong>("--seed") { Description = "The seed", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("idle", "Simulates a cluster at rest on one thread: events and virtual seconds per second on the wall, and memory")
        {
            nodes, clusters, seconds, seed, json,
        };
        command.SetAction(parsed =>
        {
            var result = IdleExperiment.Run(parsed.GetValue(nodes), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(clusters), parsed.GetValue(seed));
            parsed.InvocationConfiguration.Output.WriteLine(Json.Of(result, parsed.GetValue(json)));
            return result.InAgreement ? 0 : 1;
        });
        return command;
    }
}
