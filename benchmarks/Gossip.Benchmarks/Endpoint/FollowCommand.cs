using System.CommandLine;
using System.Text.Json;

namespace Gossip.Benchmarks.Endpoint;

/// <summary>The command line of the crowd that follows the events.</summary>
internal static class FollowCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var subscribers = Number.Whole("--subscribers", 1_000, 1, 1_024, "Connections that follow the events of one node");
        var silent = Number.Whole("--silent", 100, 0, 1_024, "How many of them never read");
        var changes = Number.Whole("--changes", 20, 1, 1_000, "Changes of a record in a second, each of which is an event");
        var seconds = Number.Whole("--seconds", 30, 10, 800, "The length of each of three phases: nobody follows, all do, nobody does");
        var command = new Command("follow", "Has a crowd follow the events of one node over a real server, and measures how late its loop is")
        {
            subscribers, silent, changes, seconds,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var console = parsed.InvocationConfiguration;
            var plan = new FollowPlan(
                parsed.GetValue(subscribers), parsed.GetValue(silent), parsed.GetValue(changes), TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            if (plan.Silent > plan.Subscribers)
            {
                await console.Error.WriteLineAsync($"--silent is {plan.Silent}, and there are {plan.Subscribers} --subscribers: give as many or fewer.");
                return 2;
            }

            var figures = await new FollowRun(plan, console.Error).RunAsync(cancellation);
            await console.Output.WriteLineAsync(figures.ToJsonString(Indented));
            return 0;
        });
        return command;
    }
}
