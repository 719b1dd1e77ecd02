using System.CommandLine;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>Why nodes do not find or do not reach each other, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create() => EndpointOptions.Create(
        "doctor",
        "Says what is wrong with the cluster as a node sees it, and what to do; ends with 1 where anything is",
        async (call, cancellation) =>
        {
            var answer = await call.ShowAsync("/doctor", answer => Tell(call, answer), cancellation).ConfigureAwait(false);
            return answer.Is("well") ? CommandExit.Done : CommandExit.No;
        });

    private static void Tell(CommandCall call, JsonElement answer)
    {
        var findings = answer.Items("findings").ToList();
        foreach (var finding in findings)
        {
            var severity = finding.Text("severity");
            CommandOutput.Line(call.Console, $"{severity}: {finding.Text("what")} ({finding.Text("code")})", ColorOf(severity));
            if (finding.Text("remedy") is { Length: > 0 } remedy)
                CommandOutput.Line(call.Console, $"  {remedy}");
        }

        if (answer.Is("well"))
            CommandOutput.Line(call.Console, findings.Count == 0 ? "All is well." : "All is well but for these notes.", "green");
        Look(call, answer);
    }

    /// <summary>What the doctor looked at.</summary>
    private static void Look(CommandCall call, JsonElement answer)
    {
        var now = answer.Now();
        if (answer.Find("address") is { } address)
            CommandOutput.Line(
                call.Console, $"The node is reached at {address.Text("advertised")}, because: {address.Text("because")}", "grey");
        var table = new TextTable("source", "asked", "found", "when", "problem");
        foreach (var source in answer.Items("sources"))
            table.Add(
                source.Text("name"),
                TimeText.Ago(source.Time("askedAt"), now),
                string.Join(" ", source.Texts("found").Take(4)),
                TimeText.Ago(source.Time("foundAt"), now),
                new TextCell(source.Text("problem"), "yellow"));
        table.Write(call.Console);
    }

    private static string ColorOf(string severity) => severity switch
    {
        "error" or "problem" => "red",
        "warning" => "yellow",
        _ => "default",
    };
}
