using System.CommandLine;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>Many joins at once, in the simulator.</summary>
internal static class StormCommand
{
    public static Command Create()
    {
        var nodes = Number.Whole("--nodes", 128, 2, 4096, "How many start");
        var within = Number.Real("--within", 0, 0, 600_000, "Milliseconds in which they start, at equal distances");
        var roundTrip = Number.Real("--round-trip", 0.5, 0.01, 10_000, "Milliseconds from one node to another and back");
        var drop = Number.Real("--drop", 0, 0, 0.99, "The share of datagrams that is lost");
        var seeds = Number.Whole("--seeds", 5, 1, 10_000, "Storms, each in a world of its own");
        var spreading = new Spreading();
        var first = new Option<ulong>("--first-seed") { Description = "The first seed", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("storm", "Starts many nodes at once, in the simulator: milliseconds until each shows all others, and what it costs a node")
        {
            nodes, within, roundTrip, drop, seeds, first, json,
        };
        spreading.AddTo(command);
        command.SetAction(parsed =>
        {
            var result = StormExperiment.Run(
                parsed.GetValue(nodes),
                TimeSpan.FromMilliseconds(parsed.GetValue(within)),
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
