using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>Which services need and call which.</summary>
internal static class GraphCommand
{
    private static readonly Option<string> Scope = new("--scope")
    {
        Description = "cluster: what all processes call; node: what the one that is asked calls", DefaultValueFactory = _ => "cluster",
    };

    public static Command Create()
    {
        Scope.AcceptOnlyFromAmong("cluster", "node");
        return EndpointOptions.Create(
            "graph",
            "Shows which services need which, and which call which",
            async (call, cancellation) =>
            {
                await call.ShowAsync($"/graph?scope={call.Parsed.GetValue(Scope)}", answer => Tell(call, answer), cancellation)
                    .ConfigureAwait(false);
                return CommandExit.Done;
            },
            Scope);
    }

    private static void Tell(CommandCall call, JsonElement answer)
    {
        var edges = answer.Items("edges").DistinctBy(EndsOf).ToDictionary(EndsOf);
        // What is needed and was not called is a row too, and what is called though nobody said so.
        var needs = answer.Items("services").SelectMany(one => one.Texts("dependsOn").Select(to => (one.Text("name"), to))).ToHashSet();
        var table = new TextTable("service", "calls", "needs it", "per second", "failed", "p50", "p99", "callers");
        foreach (var (from, to) in needs.Union(edges.Keys).Order())
        {
            var edge = edges.GetValueOrDefault((from, to));
            table.Add(
                from,
                to,
                needs.Contains((from, to)) ? "yes" : "",
                Rate(edge.Number("callsPerSecond")),
                new TextCell(Rate(edge.Number("failuresPerSecond")), edge.Number("failuresPerSecond") > 0 ? "red" : "default"),
                TimeText.Milliseconds(edge.Number("p50Ms")),
                TimeText.Milliseconds(edge.Number("p99Ms")),
                Rate(edge.Number("callers")));
        }

        if (needs.Count > 0 || edges.Count > 0)
            table.Write(call.Console);
        else
            CommandOutput.Note(
                call.Parsed, "No service says that it needs another (DependsOn), and none was called by name in the last minute.");
        foreach (var missing in answer.Items("missing"))
        {
            var needed = string.Join(", ", missing.Texts("neededBy"));
            CommandOutput.Line(call.Console, $"'{missing.Text("name")}' has no instance, and is needed by {needed}", "red");
        }

        foreach (var cycle in answer.Items("cycles").Where(one => one.ValueKind == JsonValueKind.Array))
            CommandOutput.Line(call.Console, $"These need each other in a circle: {string.Join(", ", cycle.EnumerateArray())}", "yellow");
        if (answer.Number("asked") is { } asked && answer.Number("answered") is { } answered && answered < asked)
            CommandOutput.Note(call.Parsed, $"{asked - answered} of {asked} processes did not answer whom they call.");
    }

    private static (string From, string To) EndsOf(JsonElement edge) => (edge.Text("from"), edge.Text("to"));

    private static string Rate(double? number) => number?.ToString("0.##", CultureInfo.InvariantCulture) ?? "";
}
