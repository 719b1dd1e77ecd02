using System.Diagnostics;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Loop;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>
/// What happens between the request to stop and the goodbye, so that no call fails (not in the papers):
/// <code>
/// tell     the own instances drain
/// prove    wait until every live peer has acknowledged that it knows
/// quiet    wait for calls by those that chose before they knew, until none has come for a moment
/// end      wait for the requests that are open by then
/// </code>
/// Each wait has its own limit, and the host's shutdown timeout limits them all. Without any other node there is nothing to wait for: the
/// server itself ends its requests when it stops. A suspect cannot prove anything, but is told, and may call like any other node. A member
/// that has let this node in may know its instances before this node knows that member, and is waited for too, no longer than for a proof.
/// </summary>
internal sealed partial class Drain(
    GossipNode node, Registrations registrations, OpenRequests requests, GossipDrainOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>The reason that the instances give for draining.</summary>
    public const string Reason = "the process stops";

    public async ValueTask RunAsync(CancellationToken cancellation)
    {
        if (registrations.IsEmpty)
            return;
        using var span = GossipActivity.Start("gossip.drain");
        try
        {
            // Asked even if there is no time for a drain, since the loop answers at once.
            if (!await node.AskAsync((machine, now, _) => machine.IsHeard(now), CancellationToken.None).ConfigureAwait(false))
                return;
            requests.BeginDraining();
            await registrations.DrainAsync(Reason, cancellation).ConfigureAwait(false);
            var proof = await node.ProveAsync(options.ProofTimeout, cancellation).ConfigureAwait(false);
            Tell(proof, span);
            await requests.BeQuietAsync(options.QuietPeriod, time, cancellation).ConfigureAwait(false);
            await EndRequestsAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Hurried(logger, requests.Count);
        }
        catch (InvalidOperationException)
        {
            // The node has stopped, so it can tell no other.
        }
    }

    private void Tell(in ProofReport proof, Activity? span)
    {
        span?.SetTag("gossip.proof.acknowledged", proof.Acknowledged).SetTag("gossip.proof.total", proof.Total);
        var milliseconds = (long)proof.Elapsed.TotalMilliseconds;
        if (proof.Acknowledged >= proof.Total)
            Proven(logger, proof.Acknowledged, proof.Total, milliseconds);
        else
            NotProven(logger, proof.Acknowledged, proof.Total, options.ProofTimeout);
    }

    private async ValueTask EndRequestsAsync(CancellationToken cancellation)
    {
        var open = requests.TakeOpen();
        var count = open.Open;
        if (count == 0)
            return;
        var start = time.GetTimestamp();
        try
        {
            await open.WhenNone().WaitUpToAsync(options.RequestTimeout, time, cancellation).ConfigureAwait(false);
            Ended(logger, count, (long)time.GetElapsedTime(start).TotalMilliseconds);
        }
        catch (TimeoutException)
        {
            StillOpen(logger, open.Open, count, options.RequestTimeout);
        }
    }

    [LoggerMessage(67, LogLevel.Information, "{Acknowledged}/{Total} peers acknowledged the drain in {Milliseconds} ms")]
    private static partial void Proven(ILogger logger, int acknowledged, int total, long milliseconds);

    [LoggerMessage(68, LogLevel.Warning,
        "{Acknowledged}/{Total} peers acknowledged the drain within Gossip:Drain:ProofTimeout ({Time}); "
            + "the others may still call, and the stop goes on")]
    private static partial void NotProven(ILogger logger, int acknowledged, int total, TimeSpan time);

    [LoggerMessage(69, LogLevel.Information, "{Requests} requests ended in {Milliseconds} ms")]
    private static partial void Ended(ILogger logger, int requests, long milliseconds);

    [LoggerMessage(70, LogLevel.Warning,
        "{Open} of {Requests} requests did not end within Gossip:Drain:RequestTimeout ({Time}), and the stop goes on")]
    private static partial void StillOpen(ILogger logger, int open, int requests, TimeSpan time);

    [LoggerMessage(71, LogLevel.Warning, "The host's shutdown timeout ended the drain, with {Requests} requests open")]
    private static partial void Hurried(ILogger logger, int requests);
}
