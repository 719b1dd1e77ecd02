using Gossip;
using Microsoft.Extensions.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets HTTP clients call services by their names.</summary>
public static class GossipHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets a client call services by their names, as <see cref="GossipHttpHandler"/> says. For all clients:
    /// <c>services.ConfigureHttpClientDefaults(client => client.AddGossipDiscovery())</c>.
    /// <para>
    /// It stands behind every other handler of the client, whichever was added first: one that tries again, hedges or signs is outside, sees
    /// the service's name, and gets another instance for each of its attempts. Adding it again only configures it further. A gRPC channel
    /// over the client leaves the choice of the instance to it.
    /// </para>
    /// </summary>
    /// <param name="builder">The builder of the client.</param>
    /// <param name="keyOf">The key of a request, see <see cref="GossipHttpHandler.KeyOf"/>; null for no keys.</param>
    public static IHttpClientBuilder AddGossipDiscovery(this IHttpClientBuilder builder, Func<HttpRequestMessage, string?>? keyOf = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // After all that configures the client: whatever is added there stands before. A builder of defaults has no name, which means all.
        builder.Services.PostConfigure<HttpClientFactoryOptions>(
            builder.Name, options => options.HttpMessageHandlerBuilderActions.Add(client => Add(client, keyOf)));
        return builder;
    }

    private static void Add(HttpMessageHandlerBuilder client, Func<HttpRequestMessage, string?>? keyOf)
    {
        var discovery = client.Services.GetService<IServiceDiscovery>()
            ?? throw new InvalidOperationException("AddGossipDiscovery() needs the node of this process: call builder.AddGossip() too.");
        var handlers = client.AdditionalHandlers;
        if (handlers.OfType<GossipHttpHandler>().FirstOrDefault() is { } before)
        {
            keyOf ??= before.KeyOf;
            handlers.Remove(before);
        }

        handlers.Add(new GossipHttpHandler(discovery) { KeyOf = keyOf });
        // The word by which Microsoft's service discovery, too, tells a gRPC channel that it need not balance.
        if (client.PrimaryHandler is SocketsHttpHandler sockets)
            sockets.Properties["__GrpcLoadBalancingDisabled"] = true;
    }
}
