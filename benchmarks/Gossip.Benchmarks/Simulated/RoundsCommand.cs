using System.CommandLine;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>How an update reaches all, in the simulator.</summary>
internal static class RoundsCommand
{
    public static Command Create()
    {
        var nodes = Number.Whole("--nodes", 128, 2, 20_000, "The size of the cluster, which stands from the start");
        var trials = new Trials(seeds: 20);
        var command = new Command("rounds", "Counts the hops, the milliseconds and the packets that one update takes to reach all, in the simulator")
        {
            nodes,
        };
        trials.AddTo(command);
        command.SetAction(parsed =>
        {
            var (seeds, first) = trials.SeedsOf(parsed);
            var result = RoundsExperiment.Run(
                parsed.GetValue(nodes), trials.RoundTripOf(parsed), trials.DropOf(parsed), seeds, first, trials.SpreadingOf(parsed).ApplyTo);
            return trials.Tell(parsed, result, result.Missed);
        });
        return command;
    }
}
