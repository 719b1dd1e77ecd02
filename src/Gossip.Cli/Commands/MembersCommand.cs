using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>Who is in the cluster, as one node sees it.</summary>
internal static class MembersCommand
{
    public static Command Create() => EndpointOptions.Create(
        "members",
        "Lists the members of the cluster, the dead and the gone included",
        async (call, cancellation) =>
        {
            await call.ShowAsync("/members", answer => Tell(call, answer), cancellation).ConfigureAwait(false);
            return CommandExit.Done;
        });

    private static void Tell(CommandCall call, JsonElement answer)
    {
        var now = answer.Now();
        var members = answer.Items("members").OrderBy(one => one.Text("name"), StringComparer.OrdinalIgnoreCase).ToList();
        var table = new TextTable("member", "state", "address", "zone", "since", "heard", "round trip", "load");
        foreach (var one in members)
            table.Add(
                new TextCell(one.Text("name"), one.Is("self") ? "bold" : "default"),
                TextCell.OfState(one.Text("state")) with { Text = StateOf(one) },
                one.Text("address"),
                one.Text("zone"),
                TimeText.Ago(one.Time("since"), now),
                one.Is("self") ? "this node" : TimeText.Ago(one.Time("lastHeard"), now),
                TimeText.Milliseconds(one.Number("roundTripMs")),
                LoadOf(one));
        table.Write(call.Console);
        if (CommandOutput.IsTerminal(call.Console))
            CommandOutput.Line(call.Console, Sum(members), "grey");
    }

    /// <summary>The load as a member tells it; nothing where it tells none.</summary>
    public static string LoadOf(JsonElement one) => one.Find("load") is { } load
        ? string.Create(CultureInfo.InvariantCulture, $"{load.Number("cpuPercent"):0} % cpu, {load.Number("inFlight"):0} open")
        : "";

    private static string StateOf(JsonElement one) =>
        one.Text("state") + (one.Is("outOfReach") ? ", out of reach" : one.Is("indirect") ? ", indirect" : "");

    private static string Sum(List<JsonElement> members)
    {
        var states = members.GroupBy(one => one.Text("state")).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Count()} {group.Key}");
        return $"{members.Count} members as {members.Find(one => one.Is("self")).Text("name")} sees them: {string.Join(", ", states)}";
    }
}
