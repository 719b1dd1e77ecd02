using System.CommandLine;
using Gossip.Protocol;
using Spectre.Console;

namespace Gossip.Cli.Commands;

/// <summary>
/// Takes back what <see cref="RegisterCommand"/> has registered, as a unit of systemd does in <c>ExecStop</c> before its process ends, or
/// in <c>ExecStopPost</c> after that.
/// </summary>
internal static class DeregisterCommand
{
    public static readonly Option<string> Socket = new("--socket") { Description = "The agent's Unix socket, if not at its usual place" };

    private static readonly Argument<string> Id = new("id") { Description = "The id of the service" };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "End at once, while the service still drains" };
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var command = new Command("deregister", "Drains a service, and takes it back from the agent of this machine")
        {
            Id, NoWait, Socket,
        };
        command.SetAction((parsed, cancellation) => CommandOutput.RunAsync(parsed, console => RunAsync(parsed, console, cancellation)));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, IAnsiConsole console, CancellationToken cancellation)
    {
        var id = parsed.GetValue(Id)!;
        using var agent = new AgentClient(parsed.GetValue(Socket));
        if (await agent.SendAsync(HttpMethod.Delete, AgentClient.PathOf(id), null, cancellation).ConfigureAwait(false) is null)
        {
            // Whoever stops a service twice, or after its process has ended, has what they want.
            console.MarkupLineInterpolated($"The agent has no service '{Limits.Show(id)}'.");
            return;
        }

        if (parsed.GetValue(NoWait))
        {
            console.MarkupLineInterpolated($"'{Limits.Show(id)}' drains, and is then taken back.");
            return;
        }

        // The process of the service must not end before its callers have gone elsewhere.
        using var timer = new PeriodicTimer(Look);
        var began = TimeProvider.System.GetTimestamp();
        while (await agent.SendAsync(HttpMethod.Get, AgentClient.PathOf(id), null, cancellation).ConfigureAwait(false) is not null)
        {
            // A drain takes five minutes at the longest. Then somebody else wants it, as a file does.
            if (TimeProvider.System.GetElapsedTime(began) > Longest)
                throw new InvalidOperationException(
                    $"The agent still has '{Limits.Show(id)}'. `curl` of its API tells what wants it (origin).");
            await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
        }

        console.MarkupLineInterpolated($"'{Limits.Show(id)}' is taken back.");
    }
}
