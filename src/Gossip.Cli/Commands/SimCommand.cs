using System.CommandLine;
using System.Globalization;
using Gossip.Protocol;
using Gossip.Simulation;

namespace Gossip.Cli.Commands;

/// <summary>Breaks something in a simulated cluster, at any size, and says what did not hold.</summary>
internal static class SimCommand
{
    private const int MostNodes = 1024;
    private const int MostSeeds = 100_000;

    private static readonly Argument<string?> Row = new("row")
    {
        Description = "The number of the fault; leave it out for a list", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<int?> Nodes = new("--nodes") { Description = "Nodes in the cluster; by default 16" };
    private static readonly Option<int?> Seeds = new("--seeds") { Description = "Runs, each of another seed; by default 3" };
    private static readonly Option<ulong> First = new("--first-seed") { Description = "The first seed; the same one is the same run" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object" };

    public static Command Create()
    {
        var command = new Command("sim", "Breaks a simulated cluster, and says whether it held; ends with 1 where it did not")
        {
            Row, Nodes, Seeds, First, Json,
        };
        command.Validators.Add(result =>
        {
            var rows = FaultMatrix.Rows.Count;
            if (EndpointOptions.Read(result, Nodes) is { } nodes and (< 3 or > MostNodes))
                result.AddError($"--nodes is {nodes}; it must be 3 to {MostNodes}.");
            if (EndpointOptions.Read(result, Seeds) is { } seeds and (< 1 or > MostSeeds))
                result.AddError($"--seeds is {seeds}; it must be 1 to {MostSeeds}.");
            if (result.GetValue(Row) is { } row && !(int.TryParse(row, out var number) && number >= 1 && number <= rows))
                result.AddError($"row is '{Limits.Show(row)}'; there are 1 to {rows}, as `gossip sim` lists them.");
        });
        command.SetAction((parsed, cancellation) => CommandOutput.RunAsync(parsed, console =>
        {
            if (parsed.GetValue(Row) is { } row)
                return Task.FromResult(Run(parsed, row, line => CommandOutput.Line(console, line), cancellation));
            var table = new TextTable("row", "breaks", "must hold besides");
            foreach (var one in FaultMatrix.Rows)
                table.Add($"{one.Number}", one.Name, one.MustHold);
            table.Write(console);
            return Task.FromResult(CommandExit.Done);
        }));
        return command;
    }

    private static int Run(ParseResult parsed, string number, Action<string> tell, CancellationToken cancellation)
    {
        var row = int.Parse(number, CultureInfo.InvariantCulture);
        var (report, nodes, isJson) = (new FaultReport(), parsed.GetValue(Nodes) ?? 16, parsed.GetValue(Json));
        if (!isJson)
            tell($"{FaultMatrix.Rows[row - 1].Name}, with {nodes} nodes. It must hold: {FaultMatrix.Rows[row - 1].MustHold}.");
        for (var run = 0; run < (parsed.GetValue(Seeds) ?? 3); run++)
        {
            cancellation.ThrowIfCancellationRequested();
            var outcome = FaultMatrix.Run(row, parsed.GetValue(First) + (ulong)run, nodes);
            report.Add(outcome);
            if (!isJson)
                tell(Words(outcome));
            if (outcome.Violations.Count > 0)
                CommandOutput.Complain(parsed, outcome.ToString());
        }

        if (isJson)
            CommandOutput.Raw(parsed, report.ToJson());
        return report.Violating.Any() ? CommandExit.No : CommandExit.Done;
    }

    private static string Words(FaultOutcome outcome)
    {
        var held = outcome.Violations.Count == 0 ? "all held" : $"{outcome.Violations.Count} demands did not hold";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seed {outcome.Seed}: {held}; all agreed {outcome.Agreement.TotalSeconds:0.0} s after the fault was healed (allowed are {
                outcome.Bound.TotalSeconds:0} s); {outcome.FalseDeaths} held dead who lived; {outcome.Events} events");
    }
}
