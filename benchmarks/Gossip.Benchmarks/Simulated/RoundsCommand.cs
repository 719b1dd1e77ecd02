using System.CommandLine;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>How an update reaches all, in the simulator.</summary>
internal static class RoundsCommand
{
    public static Command Create()
    {
        var nodes = Number.Whole("--nodes", 128, 2, 20_000, "The size of the cluster, which stands from the start");
        var roundTrip = Number.Real("--round-trip", 0.5, 0.01, 10_000, "Milliseconds from one node to another and back");
        var drop = Number.Real("--drop", 0, 0, 0.99, "The share of datagrams that is lost");
        var seeds = Number.Whole("--seeds", 20, 1, 10_000, "Updates, each in a world of its own");
        var spreading = new Spreading();
        var first = new Option<ulong>("--first-seed") { Description = "The first seed", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("rounds", "Counts the hops, the milliseconds and the packets that one update takes to reach all, in the simulator")
        {
            nodes, roundTrip, drop, seeds, first, json,
        };
        spreading.AddTo(command);
        command.SetAction(parsed =>
        {
            var result = RoundsExperiment.Run(
                parsed.GetValue(nodes),
                TimeSpan.FromMilliseconds(parsed.GetValue(roundTrip)),
                parsed.GetValue(drop),
                parsed.GetValue(seeds),
                parsed.GetValue(first),
                spreading.Of(parsed).ApplyTo);
            parsed.InvocationConfiguration.Output.WriteLine(Json.Of(result, parsed.GetValue(json)));
            return result.Missed == 0 ? 0 : 1;
        });
        return command;
    }
}
