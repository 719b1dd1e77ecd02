using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>Which services there are, or the instances of one.</summary>
internal static class ServicesCommand
{
    private static readonly Argument<string?> Name = new("name")
    {
        Description = "Show the instances of this service", Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create() => EndpointOptions.Create(
        "services",
        "Lists the services, or the instances of one",
        async (call, cancellation) =>
        {
            if (call.Parsed.GetValue(Name) is { } name)
                await call.ShowAsync(PathOf(name), answer => TellOne(call, answer), cancellation).ConfigureAwait(false);
            else
                await call.ShowAsync("/services", answer => TellAll(call, answer), cancellation).ConfigureAwait(false);
            return CommandExit.Done;
        },
        Name);

    /// <summary>The resource of one service.</summary>
    public static string PathOf(string name) => $"/services/{Uri.EscapeDataString(name)}";

    /// <summary>The addresses of an instance.</summary>
    public static IEnumerable<string> AddressesOf(JsonElement instance) => instance.Items("endpoints").Select(one => one.Text("address"));

    /// <summary>The state that counts for callers.</summary>
    public static string StateOf(JsonElement instance) => instance.Is("outOfReach") ? "outOfReach" : instance.Text("state");

    private static void TellAll(CommandCall call, JsonElement answer)
    {
        var services = answer.Items("services").ToList();
        if (services.Count == 0)
            CommandOutput.Note(call.Parsed, "No service is registered. `gossip doctor` tells whether this node finds the others.");
        var table = new TextTable("service", "ready", "instances", "versions", "zones", "calls", "failed");
        foreach (var one in services)
        {
            var instances = one.Items("instances").ToList();
            var ready = instances.Count(instance => StateOf(instance) == "ready");
            table.Add(
                one.Text("name"),
                new TextCell(
                    $"{ready}/{instances.Count}", ready == instances.Count ? "green" : ready > 0 ? "yellow" : "red"),
                Few(instances.Select(instance => instance.Text("id")).Order(StringComparer.Ordinal).ToArray()),
                Distinct(instances, "version"),
                Distinct(instances, "zone"),
                Sum(instances, "calls"),
                Sum(instances, "failures"));
        }

        if (services.Count > 0)
            table.Write(call.Console);
    }

    private static void TellOne(CommandCall call, JsonElement answer)
    {
        var table = new TextTable("instance", "state", "node", "address", "version", "zone", "weight", "load", "p99");
        foreach (var one in answer.Items("instances").OrderBy(one => one.Text("id"), StringComparer.Ordinal))
            table.Add(
                one.Text("id"),
                TextCell.OfState(StateOf(one)) with { Text = StateOf(one) + (one.Text("reason") is { Length: > 0 } why ? $": {why}" : "") },
                one.Text("node"),
                string.Join(" ", AddressesOf(one)),
                one.Text("version"),
                one.Text("zone"),
                string.Create(CultureInfo.InvariantCulture, $"{one.Number("weight")}"),
                MembersCommand.LoadOf(one),
                TimeText.Milliseconds(one.Find("calls")?.Number("p99Ms")));
        table.Write(call.Console);
    }

    private static string Few(string[] ids) => string.Join(", ", ids.Take(3)) + (ids.Length > 3 ? ", …" : "");

    private static string Distinct(IEnumerable<JsonElement> instances, string name) => string.Join(
        ", ", instances.Select(one => one.Text(name)).Where(text => text.Length > 0).Distinct().Order(StringComparer.Ordinal));

    /// <summary>Over those that this process has called; nothing where it has called none.</summary>
    private static string Sum(List<JsonElement> instances, string name)
    {
        double[] told = [.. instances.Select(one => one.Find("calls")?.Number(name)).OfType<double>()];
        return told.Length == 0 ? "" : told.Sum().ToString("0", CultureInfo.InvariantCulture);
    }
}
