namespace Gossip;

/// <summary>The service that this process is, as it is registered when the process has started.</summary>
public sealed class GossipServiceOptions
{
    /// <summary>
    /// Whether to register. Default: when there is an endpoint, be it configured or one that the web server listens at. A process with
    /// none only looks on.
    /// </summary>
    public bool? Register { get; set; }

    /// <summary>The service's name. Default: the application's name.</summary>
    public string? Name { get; set; }

    /// <summary>The version of the software.</summary>
    public string Version { get; set; } = "";

    /// <summary>The share of traffic it asks for, relative to its siblings: 0 to 10,000.</summary>
    public int Weight { get; set; } = 100;

    /// <summary>Free labels.</summary>
    public List<string> Tags { get; set; } = [];

    /// <summary>Free key/value pairs.</summary>
    public Dictionary<string, string> Metadata { get; set; } = [];

    /// <summary>
    /// Where it is reached: "scheme://host:port" each. Default: what the web server listens at. A host that means "all addresses" or
    /// "this machine" is replaced by <see cref="Host"/>.
    /// </summary>
    public List<string> Endpoints { get; set; } = [];

    /// <summary>
    /// The host name or IP address under which callers reach the endpoints; set it to the name in the certificate when they are https.
    /// Default: the node's advertised address.
    /// </summary>
    public string? Host { get; set; }
}
