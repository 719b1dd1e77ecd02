using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <content>What the log says of the node's life.</content>
internal sealed partial class GossipLifecycle
{
    [LoggerMessage(59, LogLevel.Information, "{Node} was asked to stop while it waited to start, and waits no more")]
    private static partial void StoppedWaiting(ILogger logger, string node);

    [LoggerMessage(60, LogLevel.Information, "Registered '{Service}' at {Endpoints}")]
    private static partial void Registered(ILogger logger, string service, string endpoints);

    [LoggerMessage(45, LogLevel.Information,
        "The address of this machine has changed: {Node} was reached at {Before}, "
            + "and is reached at {After} ({Because}); the cluster is told")]
    private static partial void Moved(ILogger logger, string node, PeerAddress before, PeerAddress after, string because);

    [LoggerMessage(61, LogLevel.Information,
        "{Node} registers no service: it was told of no server that listens. "
            + "Call AddGossip() of Gossip.AspNetCore in a web application, or app.MapGossip(), or set Gossip:Service:Endpoints")]
    private static partial void OnlyLooksOn(ILogger logger, string node);
}
