using System.Collections.ObjectModel;
using System.Text.Json.Serialization;

namespace Gossip.Cli.Protocols.Eureka.Model;

/// <summary>A request that is refused.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Text">Why, and what to do.</param>
internal sealed record EurekaRefusal(int Status, string Text);

/// <summary>An instance as Eureka describes it, and as it is kept.</summary>
internal sealed record EurekaInstance
{
    /// <summary>Seconds without a renewal after which Eureka's clients expect an instance to go, where they do not say.</summary>
    public const int DefaultDuration = 90;

    /// <summary>Seconds between two renewals, where a client does not say.</summary>
    public const int DefaultInterval = 30;

    /// <summary>Names it among those of its application.</summary>
    public required string InstanceId { get; init; }

    /// <summary>The application, in capitals.</summary>
    public required string App { get; init; }

    public string? AppGroupName { get; init; }

    /// <summary>Where callers go: a host name or an IP address.</summary>
    public required string HostName { get; init; }

    public required string IpAddr { get; init; }

    /// <summary>What the client says of itself.</summary>
    public EurekaStatus Status { get; init; } = EurekaStatus.Up;

    /// <summary>What somebody else has said of it; <see cref="EurekaStatus.Unknown"/> for nothing.</summary>
    public EurekaStatus Override { get; init; } = EurekaStatus.Unknown;

    /// <summary>The port for HTTP; it may be given and not be enabled.</summary>
    public int Port { get; init; }

    public bool IsPortEnabled { get; init; }

    /// <summary>The port for HTTPS.</summary>
    public int SecurePort { get; init; }

    public bool IsSecurePortEnabled { get; init; }

    /// <summary>Names by which callers ask for it, with commas.</summary>
    public string? VipAddress { get; init; }

    /// <summary>The same, of those who call by HTTPS.</summary>
    public string? SecureVipAddress { get; init; }

    public string? HomePageUrl { get; init; }

    public string? StatusPageUrl { get; init; }

    public string? HealthCheckUrl { get; init; }

    public string? SecureHealthCheckUrl { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Seconds between two renewals, by the client's word.</summary>
    public int RenewalInterval { get; init; } = DefaultInterval;

    /// <summary>Seconds for which a renewal is good.</summary>
    public int Duration { get; init; } = DefaultDuration;

    /// <summary>When it was registered, in milliseconds since 1970, as all times of Eureka.</summary>
    public long RegisteredAt { get; init; }

    /// <summary>When something of it was another last.</summary>
    public long UpdatedAt { get; init; }

    /// <summary>When the client changed it last, by its own clock; 0 where it does not say.</summary>
    public long DirtyAt { get; init; }

    /// <summary>What callers are told: an instance that does not work, by its own word, is not called whatever others say.</summary>
    [JsonIgnore]
    public EurekaStatus Effective =>
        Override != EurekaStatus.Unknown && Status is (EurekaStatus.Up or EurekaStatus.OutOfService) ? Override : Status;

    /// <summary>Whether another one says the same, whenever that was.</summary>
    public bool SaysTheSame(EurekaInstance other) =>
        Bare(this) == Bare(other) && Metadata.Count == other.Metadata.Count
        && Metadata.All(pair => other.Metadata.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static EurekaInstance Bare(EurekaInstance one) =>
        one with { Metadata = ReadOnlyDictionary<string, string>.Empty, RegisteredAt = 0, UpdatedAt = 0, DirtyAt = 0 };
}

/// <summary>How instances are kept.</summary>
[JsonSerializable(typeof(EurekaInstance))]
internal sealed partial class EurekaInstanceJson : JsonSerializerContext;
