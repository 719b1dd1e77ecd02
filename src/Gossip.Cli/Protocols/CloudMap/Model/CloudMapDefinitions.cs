using System.Text.Json;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>
/// Makes the agent's definition of an instance that a client has registered. Nobody renews it: it is taken at its word until it is
/// deregistered, or its client says that it is not well.
/// </summary>
internal static class CloudMapDefinitions
{
    /// <summary>Who says so, for people.</summary>
    public const string Origin = "a client of Cloud Map's API";

    public static ServiceDefinition Of(InstanceRegistration what) => new()
    {
        Id = what.RecordId,
        Name = what.Service,
        Endpoints = InstanceAttributes.EndpointOf(what.Attributes) is { } endpoint ? [endpoint] : [],
        Metadata = InstanceAttributes.MetadataOf(what.Attributes),
        Version = InstanceAttributes.VersionOf(what.Attributes),
        Zone = InstanceAttributes.ZoneOf(what.Attributes),
        Checks = what.IsHealthy ? [] : CloudMapHealth.Failing,
        // What is deregistered goes at once: its client does not wait.
        DrainWait = TimeSpan.Zero,
        Text = JsonSerializer.Serialize(what, CloudMapKept.Default.InstanceRegistration),
        Origin = Origin,
    };

    /// <summary>Why the cluster cannot be told of it; null when it can.</summary>
    public static CloudMapRefusal? ProblemOf(ServiceDefinition definition) => RecordTemplate.ProblemOf(definition) is { } problem
        ? CloudMapRefusal.InvalidInput($"Gossip cannot hold this instance: {problem}")
        : null;
}
