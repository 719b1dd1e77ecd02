using Gossip;
using Gossip.Http;
using Microsoft.Extensions.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets HTTP clients call services by their names.</summary>
public static class GossipHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets a client call services by their names, as <see cref="GossipHttpHandler"/> says. For all clients:
    /// <c>services.ConfigureHttpClientDefaults(client => client.AddGossipDiscovery())</c>.
    /// <para>
    /// The handler is behind every other handler of the client, whichever was added first: one that retries, hedges or signs is outside,
    /// sees the service's name, and gets another instance for each of its attempts. Adding it again only configures it further. A gRPC
    /// channel over the client leaves the choice of the instance to it. A connection may take 5 seconds, unless the client's
    /// <see cref="SocketsHttpHandler.ConnectTimeout"/> is set; then another instance is tried. The handler follows redirects in place of
    /// the primary handler, up to the limit set there, so the primary handler must not be shared with a client that does not call by name.
    /// </para>
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="keySelector">The key of a request, see <see cref="GossipHttpHandler.KeySelector"/>; null for no keys.</param>
    /// <param name="outcomeSelector">What an answer says of its instance, see <see cref="GossipHttpHandler.OutcomeSelector"/>; null for
    /// what is usual.</param>
    public static IHttpClientBuilder AddGossipDiscovery(
        this IHttpClientBuilder builder,
        Func<HttpRequestMessage, string?>? keySelector = null,
        Func<HttpResponseMessage, CallOutcome?>? outcomeSelector = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return Add(builder, null, keySelector, outcomeSelector);
    }

    /// <summary>
    /// As <see cref="AddGossipDiscovery"/>, but the names are those of a further cluster, whichever of both was called first.
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="cluster">The key that <see cref="GossipServiceCollectionExtensions.AddKeyedGossip"/> was given.</param>
    /// <param name="keySelector">The key of a request, see <see cref="GossipHttpHandler.KeySelector"/>; null for no keys.</param>
    /// <param name="outcomeSelector">What an answer says of its instance, see <see cref="GossipHttpHandler.OutcomeSelector"/>; null for
    /// what is usual.</param>
    /// <exception cref="ArgumentException"><paramref name="cluster"/> is empty.</exception>
    public static IHttpClientBuilder AddKeyedGossipDiscovery(
        this IHttpClientBuilder builder,
        string cluster,
        Func<HttpRequestMessage, string?>? keySelector = null,
        Func<HttpResponseMessage, CallOutcome?>? outcomeSelector = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(cluster);
        return Add(builder, cluster, keySelector, outcomeSelector);
    }

    /// <summary>The cluster detects a host that drops packets in about the same time.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private static IHttpClientBuilder Add(
        IHttpClientBuilder builder,
        string? cluster,
        Func<HttpRequestMessage, string?>? keySelector,
        Func<HttpResponseMessage, CallOutcome?>? outcomeSelector)
    {
        // After everything that configures the client, so that handlers that are added there come first. A builder of defaults has no name,
        // which means all.
        builder.Services.PostConfigure<HttpClientFactoryOptions>(
            builder.Name,
            options => options.HttpMessageHandlerBuilderActions.Add(client => Add(client, cluster, keySelector, outcomeSelector)));
        return builder;
    }

    private static void Add(
        HttpMessageHandlerBuilder client,
        string? cluster,
        Func<HttpRequestMessage, string?>? keySelector,
        Func<HttpResponseMessage, CallOutcome?>? outcomeSelector)
    {
        var handlers = client.AdditionalHandlers;
        if (handlers.OfType<GossipHttpHandler>().FirstOrDefault() is { } before)
        {
            keySelector ??= before.KeySelector;
            outcomeSelector ??= before.OutcomeSelector;
            cluster ??= before.Cluster;
            handlers.Remove(before);
        }

        var discovery = client.Services.GetKeyedService<IServiceDiscovery>(cluster) ?? throw new InvalidOperationException(cluster is null
            ? "AddGossipDiscovery() needs the node of this process: call builder.AddGossip(), or builder.AddGossipNode() in a worker, too."
            : $"AddKeyedGossipDiscovery(\"{cluster}\") needs the node of that cluster: "
                + $"call builder.Services.AddKeyedGossip(\"{cluster}\", section) too.");
        handlers.Add(new GossipHttpHandler(discovery)
        {
            KeySelector = keySelector, OutcomeSelector = outcomeSelector, Cluster = cluster, Primary = Primary.Of(client.PrimaryHandler),
        });
        // The property by which Microsoft's service discovery, too, tells a gRPC channel that it need not balance.
        if (client.PrimaryHandler is SocketsHttpHandler sockets)
        {
            sockets.Properties["__GrpcLoadBalancingDisabled"] = true;
            if (sockets.ConnectTimeout == Timeout.InfiniteTimeSpan)
                TryLimit(sockets);
        }
    }

    private static void TryLimit(SocketsHttpHandler sockets)
    {
        try
        {
            sockets.ConnectTimeout = ConnectTimeout;
        }
        catch (InvalidOperationException)
        {
            // The sockets are shared, and have sent requests already: they stay unchanged.
        }
    }
}
