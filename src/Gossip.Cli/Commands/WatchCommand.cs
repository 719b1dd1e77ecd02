using System.CommandLine;
using System.Net.ServerSentEvents;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>
/// Prints changes as they come, until it is interrupted. When the node ends, another one of its cluster is followed, as soon as that knows
/// the cluster: what it has not heard of yet would look removed. What happened in between is told from the id of the last event on, where
/// it is kept.
/// </summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>A node that has not joined anybody by then is alone, and what it has is all that there is.</summary>
    private static readonly TimeSpan UntilAlone = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(0.5);

    private static readonly Argument<string?> Name = new("name")
    {
        Description = "Only the instances of this service", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<int?> Count = new("--count") { Description = "End after so many changes" };

    public static Command Create()
    {
        var command = EndpointOptions.Create("watch", "Prints what changes, as it changes; Ctrl+C ends it", RunAsync, Name, Count);
        command.Validators.Add(result =>
        {
            if (EndpointOptions.Read(result, Count) < 1)
                result.AddError("--count is less than 1; give the number of changes after which to end.");
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var changes = new ChangeOutput(call, call.Parsed.GetValue(Name), call.Parsed.GetValue(Count) ?? int.MaxValue);
        try
        {
            await FollowAsync(call, changes, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Whoever watches has seen enough.
        }

        return CommandExit.Done;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ending.Cancel();
        }
    }

    private static async Task FollowAsync(CommandCall call, ChangeOutput changes, CancellationToken cancellation)
    {
        string? last = null;
        string? reason = null;
        var (hasBegun, isLost, pause) = (false, false, Pause);
        while (!changes.IsEnough)
        {
            try
            {
                using var response = await call.Client.FollowAsync(last, cancellation).ConfigureAwait(false);
                if (!await SettleAsync(call, waits: hasBegun, cancellation).ConfigureAwait(false))
                    throw new CommandException(CommandExit.NoNode, $"{call.Client.Target.Place} is of another cluster.");
                if (!hasBegun || isLost)
                    CommandOutput.Note(call.Parsed, $"Following {call.Client.Target.Place}. Ctrl+C ends it.");
                (hasBegun, isLost) = (true, false);
                using var body = new FollowedStream(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
                var events = SseParser.Create(body, (type, data) => (type, Data: data.ToArray()));
                await foreach (var one in events.EnumerateAsync(cancellation).ConfigureAwait(false))
                {
                    await changes.TellAsync(one.EventType, one.Data.Data, cancellation).ConfigureAwait(false);
                    last = events.LastEventId is { Length: > 0 } id ? id : last;
                    pause = one.ReconnectionInterval is { } asked && asked < TimeSpan.FromMinutes(1) ? asked : pause;
                    if (changes.IsEnough)
                        return;
                }
            }
            catch (Exception gone) when (hasBegun && IsPassing(call, gone, cancellation))
            {
                // Each new reason is told once, and silence when it begins.
                var told = gone is CommandException { ExitCode: CommandExit.Refused } ? gone.Message : null;
                if (told is not null && told != reason)
                    CommandOutput.Note(call.Parsed, told);
                else if (!isLost)
                    CommandOutput.Note(call.Parsed, "The node does not answer any more; another one, or its next start, is waited for.");
                (isLost, reason) = (true, told ?? reason);
            }

            call.Forget();
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a node knows its cluster.</summary>
    /// <param name="call">The command.</param>
    /// <param name="waits">Whether there is something that it may not have heard of.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether the node is of the cluster that is watched.</returns>
    private static async Task<bool> SettleAsync(CommandCall call, bool waits, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; ; waited += Glance)
        {
            var node = (await call.Client.GetAsync("", cancellation).ConfigureAwait(false)).Find("node") ?? default;
            if (!call.StaysIn(node.Text("cluster")))
                return false;
            if (!waits || waited >= UntilAlone || node.Is("synchronized"))
                return true;
            await Task.Delay(Glance, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whether it may be better in a moment. A token that is not good stays so at the node that was named; else it is another process that
    /// lets nobody in.
    /// </summary>
    private static bool IsPassing(CommandCall call, Exception gone, CancellationToken cancellation) =>
        gone is IOException or HttpRequestException or JsonException
            or CommandException { ExitCode: CommandExit.NoNode or CommandExit.Unusable }
        || (gone is CommandException { ExitCode: CommandExit.Refused } && !EndpointOptions.NamesPlace(call.Parsed))
        || (gone is OperationCanceledException && !cancellation.IsCancellationRequested);
}
