using System.Diagnostics;
using System.Text.Json.Serialization;
using Gossip.Configuration;

namespace Gossip;

/// <summary>
/// How this process takes part in the cluster. Bound from the configuration section <c>Gossip</c>, so from <c>appsettings.json</c>, from
/// environment variables such as <c>Gossip__Key</c>, and from code. Nothing needs to be set.
/// </summary>
public sealed class GossipOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Gossip";

    /// <summary>The first of four well-known ports, for datagrams (UDP) and streams (TCP).</summary>
    public static int DefaultPort => WellKnownPorts.First;

    /// <summary>The cluster's name. Nodes of different clusters ignore each other.</summary>
    public string Cluster { get; set; } = "default";

    /// <summary>The node's name, unique in the cluster. Default: <c>{application}-{host}-{4 random hex digits}</c>.</summary>
    public string? NodeName { get; set; }

    /// <summary>
    /// The IP address to listen at. Default: without a key 127.0.0.1, or ::1 on a machine that has no other loopback address, so that only
    /// this machine takes part; with a key 0.0.0.0, or :: on a machine that others reach by IPv6 alone.
    /// </summary>
    public string? BindAddress { get; set; }

    /// <summary>
    /// The port to listen at; 0 for any free one. Default: 7390 or, when that is taken on this machine, 7391 to 7393 or any free one, so
    /// that several services share a machine. A port that is set and taken is an error.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>
    /// The IP address, or address and port, at which the others reach this node. Default: the bound address or, when that is "any", the
    /// most likely one of this machine's.
    /// </summary>
    public string? AdvertiseAddress { get; set; }

    /// <summary>The cluster's key: 32 bytes in base64, the same for every node. Everything a node sends is sealed with it.</summary>
    [JsonIgnore]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Key { get; set; }

    /// <summary>
    /// Keys that open what others send, at most 8, while the cluster changes its key; <see cref="Key"/> seals, or the first of these where
    /// that is not set. A change of either, in a configuration that is read anew, is taken over while the process runs.
    /// </summary>
    [JsonIgnore]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public List<string> Keys { get; set; } = [];

    /// <summary>
    /// Allows to listen beyond this machine without a key: anybody who reaches the port can then read and change the registry.
    /// </summary>
    public bool AllowInsecure { get; set; }

    /// <summary>
    /// Addresses to look for other nodes at: "host:port", or "host" for the well-known port. Names are resolved again and again.
    /// </summary>
    public List<string> Seeds { get; set; } = [];

    /// <summary>
    /// The file in which the addresses of members are kept, to look there when all else is silent; "none" for no file. Default: a file of
    /// the user's in <see cref="Environment.SpecialFolder.LocalApplicationData"/>, for a node that listens beyond this machine.
    /// </summary>
    public string? AddressBook { get; set; }

    /// <summary>The zone that this node runs in, such as a rack or a data centre's room; null or empty for none.</summary>
    public string? Zone { get; set; }

    /// <summary>
    /// Whether nodes announce themselves and are looked for by mDNS. Default: when the node listens beyond this machine, but not in
    /// Kubernetes.
    /// </summary>
    public bool? UseMdns { get; set; }

    /// <summary>How mDNS is used, where it is.</summary>
    public GossipMdnsOptions Mdns { get; set; } = new();

    /// <summary>The service that this process is.</summary>
    public GossipServiceOptions Service { get; set; } = new();

    /// <summary>
    /// How long the start waits until this node has the state of the cluster, so that the server takes requests only then: zero or
    /// longer, or <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes. When the time is over it goes on: the node may be the
    /// first. Default: it does not wait.
    /// </summary>
    public TimeSpan? SyncTimeout { get; set; }

    /// <summary>
    /// How long the start waits until there is a ready instance of every service that <see cref="GossipServiceOptions.DependsOn"/> names,
    /// before the server takes requests: zero or longer, or <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes. When the time
    /// is over, the start fails with <see cref="NoInstancesException"/>. Services that depend on each other must not both wait. Default: it
    /// does not wait.
    /// </summary>
    public TimeSpan? DependenciesTimeout { get; set; }

    /// <summary>How the application's health checks set the state of its instance.</summary>
    public GossipHealthOptions Health { get; set; } = new();

    /// <summary>How long a process that stops waits for its callers to go elsewhere.</summary>
    public GossipDrainOptions Drain { get; set; } = new();

    /// <summary>How calls are spread over the instances of a service.</summary>
    public GossipBalancingOptions Balancing { get; set; } = new();

    /// <summary>The timings of the protocol. The defaults are for a LAN, and seldom need a change.</summary>
    public GossipProtocolOptions Protocol { get; set; } = new();

    /// <summary>The first port, in the place of <see cref="DefaultPort"/>: tests choose one of their own.</summary>
    internal int WellKnownPort { get; set; } = DefaultPort;

    /// <summary>The machine directory, "none" for none, null for the user's: tests have one of their own.</summary>
    internal string? MachineDirectory { get; set; }

    /// <summary>What is wrong with the configuration: found when it was read, told when the options are validated.</summary>
    internal List<string> Problems { get; } = [];
}
