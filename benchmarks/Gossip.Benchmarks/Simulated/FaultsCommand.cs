using System.CommandLine;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>Runs the fault matrix with as many seeds as one has time for.</summary>
internal static class FaultsCommand
{
    public static Command Create()
    {
        var seeds = new Option<int>("--seeds") { Description = "Seeds per row", DefaultValueFactory = _ => 20 };
        var first = new Option<ulong>("--first-seed") { Description = "The first seed" };
        var rows = new Option<int[]>("--row") { Description = $"Only these rows (1 to {FaultMatrix.Rows.Count}); all by default", AllowMultipleArgumentsPerToken = true };
        var nodes = new Option<int>("--nodes") { Description = "Nodes in each run; by default the seed decides: 3, 16 or 128" };
        var demands = new Option<bool>("--demands") { Description = "Run nothing: print what each row must hold" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new Command("faults", "Runs the fault matrix in the simulator, and counts what must not happen") 
        {
            seeds, first, rows, nodes, demands, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(demands))
            {
                parsed.InvocationConfiguration.Output.Write(FaultReport.Demands());
                return 0;
            }

            var report = new FaultReport();
            var chosen = parsed.GetValue(rows) is { Length: > 0 } some ? some : [.. FaultMatrix.Rows.Select(row => row.Number)];
            foreach (var row in chosen)
            {
                for (var run = 0; run < parsed.GetValue(seeds); run++)
                {
                    var outcome = FaultMatrix.Run(row, parsed.GetValue(first) + (ulong)run, parsed.GetValue(nodes));
                    report.Add(outcome);
                    if (outcome.Violations.Count > 0)
                        parsed.InvocationConfiguration.Error.WriteLine(outcome);
                }
            }

            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(json) ? report.ToJson() : report.ToString());
            return report.Violating.Any() ? 1 : 0;
        });
        return command;
    }
}
