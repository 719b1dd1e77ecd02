using System.Collections.ObjectModel;
using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Agent.Definitions;

/// <summary>What a source says of one service that embeds no node. Its values were validated when it was read.</summary>
internal sealed record ServiceDefinition
{
    /// <summary>Names the instance among all of this agent.</summary>
    public required string Id { get; init; }

    /// <summary>The service's name.</summary>
    public required string Name { get; init; }

    public string? Version { get; init; }

    public int Weight { get; init; } = 100;

    public string? Zone { get; init; }

    public string? Region { get; init; }

    public string? Environment { get; init; }

    public IReadOnlyList<EndpointDefinition> Endpoints { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public IReadOnlyList<string> DependsOn { get; init; } = [];

    public IReadOnlyList<string> AuthorizedRoles { get; init; } = [];

    public IReadOnlyList<CheckDefinition> Checks { get; init; } = [];

    /// <summary>How long callers are given to go elsewhere before the record is taken back.</summary>
    public TimeSpan DrainWait { get; init; }

    /// <summary>How long it may be unhealthy before its record is taken back; null for any time.</summary>
    public TimeSpan? DeregisterAfter { get; init; }

    /// <summary>The process that serves; null when not told.</summary>
    public int? Pid { get; init; }

    /// <summary>The file in which the process writes its id; null for none.</summary>
    public string? PidFile { get; init; }

    /// <summary>The unit of systemd; null for none.</summary>
    public string? Unit { get; init; }

    /// <summary>The process of <see cref="Pid"/> as it was when it was registered; null when nobody looked yet.</summary>
    public ProcessIdentity? Process { get; init; }

    /// <summary>What was read, by which two are compared and from which it is read again.</summary>
    public required string Text { get; init; }

    /// <summary>Who says so, for people: a file, or the API.</summary>
    public required string Origin { get; init; }

    /// <summary>Whether anything tells when the service has ended.</summary>
    public bool IsWatched => Checks.Count > 0;

    /// <summary>Whether another definition says the same of the same process.</summary>
    public bool SaysTheSame(ServiceDefinition other) => Text == other.Text && Process == other.Process && Origin == other.Origin;
}
