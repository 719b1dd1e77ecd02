using Gossip.Yarp;
using Gossip.Yarp.Clusters;
using Gossip.Yarp.Forwarding;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Has YARP route to the services of a Gossip cluster.</summary>
public static class GossipReverseProxyBuilderExtensions
{
    /// <summary>
    /// Adds the services of the cluster as clusters of YARP, besides what other providers tell it: a route whose <c>ClusterId</c> is the
    /// name of a service, and that no other cluster has, leads to the instances of that service, and follows them as they come, drain and
    /// go. They are chosen by the policy "Gossip", as calls by name choose them. A connection that is refused is tried once at another
    /// instance, and roles that a service declares are asked for. Called again, it configures the same further.
    /// </summary>
    /// <param name="builder">YARP's builder, of <c>AddReverseProxy()</c>. <c>builder.AddGossip()</c> is needed too.</param>
    /// <param name="configure">Sets options: clusters of other shapes, and who may publish routes.</param>
    public static IReverseProxyBuilder LoadFromGossip(this IReverseProxyBuilder builder, Action<GossipGatewayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (configure is not null)
            services.Configure(configure);
        if (services.Any(service => service.ServiceType == typeof(GatewayClusters)))
            return builder;
        services.AddOptions<GossipGatewayOptions>();
        services.AddSingleton<GatewayClusters>();
        services.AddSingleton<GatewayMeter>();
        services.AddSingleton<GatewayRoles>();
        services.AddSingleton<IProxyConfigProvider, GatewayConfigSource>();
        services.AddSingleton<ILoadBalancingPolicy, GatewayBalancing>();
        services.AddSingleton<IAvailableDestinationsPolicy, GatewayAvailability>();
        WatchClients(services);
        WatchForwarder(services);
        return builder;
    }

    /// <summary>An application that makes YARP's clients by itself has chosen how they connect.</summary>
    private static void WatchClients(IServiceCollection services)
    {
        if (services.LastOrDefault(one => one.ServiceType == typeof(IForwarderHttpClientFactory)) is { } before
            && before.ImplementationType == typeof(ForwarderHttpClientFactory))
            services.Replace(ServiceDescriptor.Singleton<IForwarderHttpClientFactory, GatewayClients>());
    }

    /// <summary>The forwarder that is there, be it YARP's own or the application's, is asked by this one.</summary>
    private static void WatchForwarder(IServiceCollection services)
    {
        var before = services.Last(one => one.ServiceType == typeof(IHttpForwarder));
        services.Add(before switch
        {
            { ImplementationInstance: { } instance } => new ServiceDescriptor(typeof(IHttpForwarder), GatewayForwarder.Inner, instance),
            { ImplementationFactory: { } make } => ServiceDescriptor.KeyedSingleton(
                typeof(IHttpForwarder), GatewayForwarder.Inner, (provider, _) => make(provider)),
            _ => ServiceDescriptor.KeyedSingleton(typeof(IHttpForwarder), GatewayForwarder.Inner, before.ImplementationType!),
        });
        services.Replace(ServiceDescriptor.Singleton<IHttpForwarder, GatewayForwarder>());
    }
}
