using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gossip.Configuration;

/// <summary>
/// The options of one cluster: those that the process started with, and, after a reload of the configuration, those that it would start
/// with now. It does not use the framework's monitor, which lets a mistake in a file that was saved throw through the file's watcher.
/// </summary>
internal sealed class OptionsSource(IOptionsFactory<GossipOptions> factory, string name, IConfiguration section)
{
    // The token first: what comes in between makes the options outdated.
    private readonly Lazy<(IChangeToken Reloaded, GossipOptions Options)> _first =
        new(() => (section.GetReloadToken(), factory.Create(name)));

    /// <summary>The options that the process started with.</summary>
    /// <exception cref="OptionsValidationException">They are wrong.</exception>
    public GossipOptions First => _first.Value.Options;

    /// <summary>Whether the configuration was loaded anew since the process started.</summary>
    public bool IsOutdated => _first.Value.Reloaded.HasChanged;

    /// <summary>The configuration that they come from.</summary>
    public IConfiguration Section => section;

    /// <summary>Whether the configuration names the roles of the service, be it an empty list.</summary>
    public bool SaysRoles() => section.GetSection("Service:AuthorizedRoles").Exists();

    /// <summary>Reads the options anew.</summary>
    /// <exception cref="OptionsValidationException">They are wrong.</exception>
    public GossipOptions Read() => factory.Create(name);
}
