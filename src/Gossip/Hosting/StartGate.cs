using Gossip.Configuration;
using Gossip.Loop;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>
/// What a start waits for, before the server takes requests: the state of the cluster, and the services that this one depends on.
/// </summary>
internal sealed partial class StartGate(
    GossipNode node, IServiceDiscovery discovery, GossipOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>The code under which <c>docs/errors</c> explains a start that failed because other services are missing.</summary>
    public const string Code = "GSP1002";

    /// <exception cref="NoInstancesException">A service that this one depends on has no ready instance in time.</exception>
    public async ValueTask PassAsync(CancellationToken cancellation)
    {
        if (options.SyncTimeout is { } sync)
            await SynchronizeAsync(sync, cancellation).ConfigureAwait(false);
        if (options.DependenciesTimeout is { } patience && options.Service.DependsOn.Count > 0)
            await FindDependenciesAsync(patience, cancellation).ConfigureAwait(false);
    }

    private async ValueTask SynchronizeAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        try
        {
            await node.Synchronized.WaitUpToAsync(atMost, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            StartsAlone(logger, node.Identity.Name, atMost);
        }
    }

    private async ValueTask FindDependenciesAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var names = options.Service.DependsOn.Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        WaitsFor(logger, node.Identity.Name, atMost, string.Join(", ", names));
        var missing = await Task.WhenAll(names.Select(name => MissingAsync(name, atMost, cancellation))).ConfigureAwait(false);
        var errors = missing.OfType<NoInstancesException>().ToArray();
        if (errors.Length == 0)
            return;
        var what = string.Join(" ", errors.Select(error => Bare(error.Message)));
        throw new NoInstancesException(
            $"{Code}: Gossip:DependenciesTimeout is '{atMost}', "
            + $"and of the {names.Length} services that Gossip:Service:DependsOn names "
            + $"{errors.Length} have no ready instance: {what} "
            + "Start them, wait longer, or take out of Gossip:Service:DependsOn what this service can start without; "
            + "two services that wait for each other never start.")
        {
            Service = errors[0].Service,
        };
    }

    private async Task<NoInstancesException?> MissingAsync(string service, TimeSpan atMost, CancellationToken cancellation)
    {
        try
        {
            await discovery.WaitForAsync(service, 1, atMost, cancellation).ConfigureAwait(false);
            return null;
        }
        catch (NoInstancesException error)
        {
            return error;
        }
    }

    private static string Bare(string message) =>
        message.StartsWith(NoInstancesException.Code, StringComparison.Ordinal)
            ? message[(NoInstancesException.Code.Length + 2)..]
            : message;

    [LoggerMessage(62, LogLevel.Warning, "{Node} found no other node within Gossip:SyncTimeout ({Time}), and starts alone")]
    private static partial void StartsAlone(ILogger logger, string node, TimeSpan time);

    [LoggerMessage(63, LogLevel.Information, "{Node} waits up to {Time} for what it depends on: {Services}")]
    private static partial void WaitsFor(ILogger logger, string node, TimeSpan time, string services);
}
