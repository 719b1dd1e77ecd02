using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip;

/// <summary>Adds types from the container to the node of a cluster: their dependencies are services.</summary>
public sealed class GossipBuilder
{
    private readonly string? _key;

    internal GossipBuilder(IServiceCollection services, string? key) => (Services, _key) = (services, key);

    /// <summary>The services of the application.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Gives the application's own selector a name, for use in <see cref="GossipBalancingOptions.Policy"/> and
    /// <see cref="GossipBalancingOptions.Policies"/>. One is made for each view of a service, and more with zones; its constructor gets
    /// services.
    /// </summary>
    /// <typeparam name="TSelector">The selector.</typeparam>
    /// <param name="policy">The name, compared without case; it may replace an existing one.</param>
    /// <exception cref="ArgumentException"><paramref name="policy"/> is empty.</exception>
    public GossipBuilder AddSelector<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSelector>(string policy)
        where TSelector : class, IInstanceSelector
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(policy);
        Services.AddOptions<GossipOptions>(_key ?? Microsoft.Extensions.Options.Options.DefaultName).Configure<IServiceProvider>(
            (options, provider) => options.Balancing.AddPolicy(policy, () => ActivatorUtilities.CreateInstance<TSelector>(provider)));
        return this;
    }

    /// <summary>Adds a source of seeds, besides those that the options name.</summary>
    /// <typeparam name="TSource">The source; one is made, and its constructor gets services.</typeparam>
    public GossipBuilder AddSeedSource<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSource>()
        where TSource : class, ISeedSource
    {
        Services.AddKeyedSingleton<ISeedSource, TSource>(_key);
        return this;
    }
}
