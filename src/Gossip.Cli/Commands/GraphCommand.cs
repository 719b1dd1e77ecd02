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
        var edges = answer.Items("edges").ToDictionary(one => (one.Text("from"), one.Text("to")));
        // What is needed and was not called is a row too, and what is called though nobody said so.
        var needs = from service in answer.Items("services") from to in service.Texts("dependsOn") select (service.Text("name"), to);
        var table = new TextTable("service", "calls", "needs it", "per second", "failed", "p50", "p99", "callers");
        foreach (var pair in needs.Union(edges.Keys).Order())
        {
            var edge = edges.GetValueOrDefault(pair);
            table.Add(
                pair.Item1,
                pair.to,
                needs.Contains(pair) ? "yes" : "",
                Rate(edge.Number("callsPerSecond")),
                new TextCell(Rate(edge.Number("failuresPerSecond")), edge.Number("failuresPerSecond") > 0 ? "red" : "default"),
                TimeText.Milliseconds(edge.Number("p50Ms")),
                TimeText.Milliseconds(edge.Number("p99Ms")),
                Rate(edge.Number("callers")));
        }

        if (needs.Any() || edges.Count > 0)
            table.Write(call.Console);
        else
            CommandOutput.Note(call.Parsed, "No service says that it needs another (DependsOn), and none was called by name in the last minute.");
        foreach (var missing in answer.Items("missing"))
            CommandOutput.Line(
                call.Console, $"'{missing.Text("name")}' has no instance, and is needed by {string.Join(", ", missing.Texts("neededBy"))}", "red");
        foreach (var cycle in answer.Items("cycles").Where(one => one.ValueKind == JsonValueKind.Array))
            CommandOutput.Line(call.Console, $"These need each other in a circle: {string.Join(", ", cycle.EnumerateArray())}", "yellow");
        if (answer.Number("asked") is { } asked && answer.Number("answered") is { } answered && answered < asked)
            CommandOutput.Note(call.Parsed, $"{asked - answered} of {asked} processes did not answer whom they call.");
    }

    private static string Rate(double? number) => number?.ToString("0.##", CultureInfo.InvariantCulture) ?? "";
}
