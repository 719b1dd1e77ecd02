using System.Runtime.CompilerServices;
using Gossip.Http;
using Gossip.Yarp.Clusters;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Gossip.Yarp.Forwarding;

/// <summary>
/// YARP's HTTP clients, with sockets that tell what they have written, so that it is certain which requests may be sent to another
/// instance, and that look where a host name has led before they send a byte. An application that configures YARP's client by itself
/// (<c>ConfigureHttpClient</c>) has no such sockets: there only requests without a body that are safe go to another instance.
/// </summary>
internal sealed class GatewayClients(GatewayClusters clusters, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger), IForwarderHttpClientFactory
{
    private static readonly ConditionalWeakTable<HttpMessageInvoker, Primary> Known = [];
    private static readonly Primary Unknown = Primary.Of(new Nobody());

    /// <summary>A host that drops packets is found dead by the cluster in about the same time.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly ConditionalWeakTable<ForwarderHttpClientContext, SocketsHttpHandler> _made = [];

    /// <summary>What is known of a client: of one that was made elsewhere, nothing.</summary>
    public static Primary PrimaryOf(HttpMessageInvoker client) => Known.TryGetValue(client, out var primary) ? primary : Unknown;

    HttpMessageInvoker IForwarderHttpClientFactory.CreateClient(ForwarderHttpClientContext context)
    {
        var client = CreateClient(context);
        if (_made.TryGetValue(context, out var sockets))
            Known.AddOrUpdate(client, Primary.Of(sockets));
        return client;
    }

    /// <summary>Not where the cluster was the operator's and is the registry's now, or the other way round: their sockets differ.</summary>
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context)
            && (context.OldClient is { } old && Known.TryGetValue(old, out _)) == (clusters.Find(context.ClusterId) is not null);

    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        if (clusters.Find(context.ClusterId) is null)
            return;
        handler.ConnectTimeout = ConnectTimeout;
        _made.Add(context, handler);
    }

    /// <summary>Stands for a handler of which nothing is known.</summary>
    private sealed class Nobody : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
