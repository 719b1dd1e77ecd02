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
        var trials = new Trials(seeds: 5);
        var command = new Command("storm", "Starts many nodes at once, in the simulator: milliseconds until each shows all others, and what it costs a node")
        {
            nodes, within,
        };
        trials.AddTo(command);
        command.SetAction(parsed =>
        {
            var (seeds, first) = trials.SeedsOf(parsed);
            var result = StormExperiment.Run(
                parsed.GetValue(nodes),
                TimeSpan.FromMilliseconds(parsed.GetValue(within)),
                trials.RoundTripOf(parsed),
                trials.DropOf(parsed),
                seeds,
                first,
                trials.SpreadingOf(parsed).ApplyTo);
            return trials.Tell(parsed, result, result.Missed);
        });
        return command;
    }
}
