using Gossip.Yarp.Clusters;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Forwarding;

/// <summary>
/// Stands before YARP's forwarder, behind whatever the application has put into its pipeline: asks for roles, and watches the request on
/// its way to the destination that was chosen.
/// </summary>
internal sealed class GatewayForwarder(
    [FromKeyedServices(GatewayForwarder.Inner)] IHttpForwarder inner, GatewayClusters clusters, GatewayRoles roles) : IHttpForwarder
{
    /// <summary>The key of the forwarder that was there before.</summary>
    public const string Inner = "Gossip.Yarp";

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig,
        HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig,
        HttpTransformer transformer, CancellationToken cancellationToken)
    {
        // Without the feature the application forwards by itself, to an address of its own.
        if (context?.Features.Get<IReverseProxyFeature>() is not { ProxiedDestination: { } destination } proxy
            || clusters.Find(proxy.Cluster.Config.ClusterId) is not { } cluster)
            return inner.SendAsync(context!, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        var client = cluster.Find(destination) is { } instance
            ? new GatewayAttempts(httpClient, new GatewayRequest(context, proxy, cluster, clusters.Options), instance, destinationPrefix)
            : httpClient;
        return clusters.Options.EnforceRoles && cluster.HasRoles
            ? SendAllowedAsync()
            : inner.SendAsync(context, destinationPrefix, client, requestConfig, transformer, cancellationToken);

        async ValueTask<ForwarderError> SendAllowedAsync() => await roles.AllowAsync(context, cluster.Service).ConfigureAwait(false)
            ? await inner.SendAsync(context, destinationPrefix, client, requestConfig, transformer, cancellationToken).ConfigureAwait(false)
            : ForwarderError.None;
    }
}
