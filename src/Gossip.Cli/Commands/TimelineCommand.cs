using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>What happened in the cluster, as all its members saw it.</summary>
internal static class TimelineCommand
{
    private static readonly Option<string> Member = new("--member") { Description = "Only what happened to this member" };
    private static readonly Option<int?> Minutes = new("--minutes") { Description = "Only of the last minutes, 1 to 10080" };

    public static Command Create() => EndpointOptions.Create(
        "timeline", "Tells what happened, as all members saw it, in an order that no clock decides", RunAsync, Member, Minutes);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        var query = new StringBuilder("/timeline?");
        if (call.Parsed.GetValue(Member) is { } member)
            query.Append("member=").Append(Uri.EscapeDataString(member)).Append('&');
        if (call.Parsed.GetValue(Minutes) is { } minutes)
            query.Append(CultureInfo.InvariantCulture, $"minutes={minutes}");
        await call.ShowAsync(query.ToString(), answer => Tell(call, answer), cancellation).ConfigureAwait(false);
        return CommandExit.Done;
    }

    private static void Tell(CommandCall call, JsonElement answer)
    {
        var now = answer.Now();
        foreach (var happened in answer.Items("events"))
        {
            var seen = happened.Items("seenBy").ToList();
            var first = seen.Select(one => one.Time("at")).Min();
            CommandOutput.Event(
                call.Console,
                TimeText.When(first, now),
                happened.Text("sentence"),
                EventColor.Of(happened.Text("what")),
                $"seen by {By(seen)}");
        }

        if (answer.Texts("missing").ToArray() is { Length: > 0 } missing)
            CommandOutput.Note(call.Parsed, $"Did not answer, so that what they alone saw is missing: {string.Join(", ", missing)}");
        if (answer.Items("remembered").Select(one => one.Text("node")).ToArray() is { Length: > 0 } forgetful)
            CommandOutput.Note(call.Parsed, $"Do not keep all that they saw, so that there may be gaps: {string.Join(", ", forgetful)}");
        if (!answer.Items("events").Any())
            CommandOutput.Note(call.Parsed, "Nothing happened that anybody remembers.");
    }

    private static string By(List<JsonElement> seen) => seen.Count > 3
        ? $"{seen.Count} members"
        : string.Join(", ", seen.Select(one => one.Text("node")));
}
