namespace Gossip;

/// <summary>
/// The service of this process, as it is registered when the process has started. When the configuration is reloaded, changes of the
/// version, weight, tags, metadata, region, environment, zone, dependencies and roles are applied to the registration; all other changes
/// take effect at the next start.
/// </summary>
public sealed class GossipServiceOptions
{
    /// <summary>
    /// Whether to register. Default: when there is an endpoint, either configured or from the web server. A process without one only
    /// observes.
    /// </summary>
    public bool? Register { get; set; }

    /// <summary>The service's name. Default: the application's name.</summary>
    public string? Name { get; set; }

    /// <summary>The version of the software.</summary>
    public string? Version { get; set; }

    /// <summary>The share of traffic it asks for, relative to its siblings: 0 to 10,000.</summary>
    public int Weight { get; set; } = 100;

    /// <summary>Free labels.</summary>
    public List<string> Tags { get; set; } = [];

    /// <summary>Free key/value pairs.</summary>
    public Dictionary<string, string> Metadata { get; set; } = [];

    /// <summary>
    /// Where it is reached: "scheme://host:port" each, with a name in front if callers ask for it by name ("admin=http://*:8081"), and a
    /// protocol behind if the scheme does not tell it ("https://*:8443;protocol=grpc"). Default: what the web server listens at. A host
    /// that means "all addresses" or "this machine" is replaced by <see cref="Host"/>. An endpoint without a name has its scheme's.
    /// </summary>
    public List<string> Endpoints { get; set; } = [];

    /// <summary>
    /// The host name or IP address under which callers reach the endpoints; set it to the name in the certificate when they are https.
    /// Default: the node's advertised address.
    /// </summary>
    public string? Host { get; set; }

    /// <summary>The zone that it runs in, if it differs from its node's <see cref="GossipOptions.Zone"/>.</summary>
    public string? Zone { get; set; }

    /// <summary>The region that it runs in.</summary>
    public string? Region { get; set; }

    /// <summary>What it is part of, such as "Production". Default: the name of the host's environment.</summary>
    public string? Environment { get; set; }

    /// <summary>The services that it cannot work without; at most 64. See <see cref="GossipOptions.DependenciesTimeout"/>.</summary>
    public List<string> DependsOn { get; set; } = [];

    /// <summary>The roles of callers that it serves; at most 64. Endpoints ask for them by <c>RequireDiscoveredRoles()</c>.</summary>
    public List<string> AuthorizedRoles { get; set; } = [];
}
