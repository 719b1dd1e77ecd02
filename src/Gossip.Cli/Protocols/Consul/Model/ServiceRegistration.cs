namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>A service as Consul's API describes it, and as it is kept.</summary>
internal sealed record ServiceRegistration
{
    public required string ID { get; init; }

    public required string Name { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>An IP address or a host name; empty for that of the node.</summary>
    public string Address { get; init; } = "";

    /// <summary>Further addresses, those that Consul adds by itself among them; null for none.</summary>
    public IReadOnlyDictionary<string, ServicePlace>? TaggedAddresses { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    /// <summary>Any number: nobody checks it.</summary>
    public int Port { get; init; }

    public ServiceWeights Weights { get; init; } = ServiceWeights.Default;

    public bool EnableTagOverride { get; init; }
}

/// <summary>Where a service is reached.</summary>
internal sealed record ServicePlace(string Address, int Port);

/// <summary>Shares of traffic by state.</summary>
internal sealed record ServiceWeights(int Passing, int Warning)
{
    public static ServiceWeights Default { get; } = new(1, 1);
}

/// <summary>What a check does.</summary>
internal enum CheckType
{
    /// <summary>It says what its client told the catalog, for ever.</summary>
    Static,

    /// <summary>The service reports in time.</summary>
    Ttl,

    /// <summary>A request is answered.</summary>
    Http,

    /// <summary>A connection is accepted.</summary>
    Tcp,

    /// <summary>The service of gRPC's health protocol serves.</summary>
    Grpc,

    /// <summary>Another service of this agent is well.</summary>
    Alias,
}

/// <summary>A check as Consul's API describes it, and as it is kept.</summary>
internal sealed record CheckRegistration
{
    public required string CheckID { get; init; }

    public required CheckType Type { get; init; }

    public required string Name { get; init; }

    public string Notes { get; init; } = "";

    /// <summary>The service that it is of; empty for the node.</summary>
    public string ServiceID { get; init; } = "";

    /// <summary>Its status until it has run; empty for critical.</summary>
    public string Status { get; init; } = "";

    /// <summary>What a <see cref="CheckType.Static"/> one says.</summary>
    public string Output { get; init; } = "";

    public TimeSpan Ttl { get; init; }

    public TimeSpan Interval { get; init; }

    public TimeSpan Timeout { get; init; }

    /// <summary>An address: of a request, or as <c>host:port</c> with the name of gRPC's service behind a slash.</summary>
    public string Target { get; init; } = "";

    public string Method { get; init; } = "GET";

    public string Body { get; init; } = "";

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Header { get; init; }

    public bool UsesTls { get; init; }

    public bool IsInsecure { get; init; }

    public int SuccessBeforePassing { get; init; }

    public int FailuresBeforeCritical { get; init; }

    /// <summary>After how long in critical state its service is deregistered; zero for never.</summary>
    public TimeSpan DeregisterAfter { get; init; }
}

/// <summary>A node that only the catalog was told of: it has no agent.</summary>
internal sealed record ExternalNode
{
    public required string Node { get; init; }

    public required string Address { get; init; }

    public string ID { get; init; } = "";

    public IReadOnlyDictionary<string, string>? TaggedAddresses { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    /// <summary>Checks of the node, not of its services.</summary>
    public IReadOnlyList<CheckRegistration> Checks { get; init; } = [];
}

/// <summary>A service with its checks, as it is kept.</summary>
/// <param name="Service">The service.</param>
/// <param name="Checks">Its checks.</param>
/// <param name="Node">The external node that it is on; null for the agent's own.</param>
internal sealed record KeptRegistration(ServiceRegistration Service, IReadOnlyList<CheckRegistration> Checks, string? Node);
