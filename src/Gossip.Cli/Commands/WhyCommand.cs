using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>Why a member is in its state, or an instance of a service gets calls or none: the sentence first, then the evidence.</summary>
internal static class WhyCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "A member, by name, id or address; or a service" };
    private static readonly Option<bool> OfService = new("--service") { Description = "The service is meant, and no member" };

    public static Command Create() => EndpointOptions.Create(
        "why", "Says why a member is in its state, or why each instance of a service gets calls or none", RunAsync, Name, OfService);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        var name = Uri.EscapeDataString(call.Parsed.GetValue(Name)!);
        var ofMember = call.Parsed.GetValue(OfService)
            ? (default, "")
            : await call.Client.TryGetAsync($"/why?member={name}", cancellation).ConfigureAwait(false);
        if (ofMember.Problem is null)
        {
            Show(call, ofMember.Answer, TellMember);
            return CommandExit.Done;
        }

        var ofService = await call.Client.TryGetAsync($"/why?service={name}", cancellation).ConfigureAwait(false);
        if (ofService.Problem is { } problem)
            throw new CommandException(CommandExit.No, $"{ofMember.Problem} {problem}".Trim());
        Show(call, ofService.Answer, TellService);
        return CommandExit.Done;
    }

    private static void Show(CommandCall call, JsonElement answer, Action<CommandCall, JsonElement> tell)
    {
        if (call.WantsJson)
        {
            CommandOutput.Raw(call.Parsed, answer.Json());
            return;
        }

        CommandOutput.Line(call.Console, answer.Text("sentence"), "bold");
        tell(call, answer);
    }

    private static void TellMember(CommandCall call, JsonElement answer)
    {
        var now = answer.Now();
        foreach (var happened in answer.Items("events"))
        {
            CommandOutput.Event(
                call.Console,
                TimeText.When(happened.Time("at"), now),
                happened.Text("sentence"),
                EventColor.Of(happened.Text("what")),
                string.Join("; ", happened.Items("because").Select(Testimony)));
        }

        if (answer.Texts("others").ToArray() is { Length: > 0 } others)
            CommandOutput.Line(call.Console, $"  Others of that name: {string.Join(", ", others)}", "grey");
        if (answer.Texts("refusedEndpoints").ToArray() is { Length: > 0 } refused)
            CommandOutput.Line(call.Console, $"  Nobody is sent to these endpoints of it: {string.Join(", ", refused)}", "yellow");
    }

    private static string Testimony(JsonElement word)
    {
        var doubt = word.Number("accuserLocalHealth") is > 0 and var health
            ? string.Create(CultureInfo.InvariantCulture, $", in doubt of itself ({health:0})")
            : "";
        var trip = TimeText.Milliseconds(word.Number("accuserRoundTripMs")) is { Length: > 0 } ms ? $", usual round trip {ms}" : "";
        return $"{word.Text("accuser")}: {word.Text("evidence")}{doubt}{trip}";
    }

    private static void TellService(CommandCall call, JsonElement answer)
    {
        var table = new TextTable("instance", "node", "calls", "rule", "because");
        foreach (var one in answer.Items("instances").OrderBy(one => !one.Is("in")))
            table.Add(
                one.Text("id"),
                one.Text("node"),
                one.Is("in") ? new TextCell("yes", "green") : new TextCell("no", "yellow"),
                one.Text("rule"),
                one.Text("sentence"));
        table.Write(call.Console);
    }
}
