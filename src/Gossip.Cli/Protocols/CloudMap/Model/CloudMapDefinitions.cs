using System.Net;
using System.Text.Json;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>
/// Makes the agent's definition of an instance that a client has registered. Nobody renews it: it is taken at its word until it is
/// deregistered, or its client says that it is not well.
/// </summary>
internal static class CloudMapDefinitions
{
    /// <summary>Who says so, for people.</summary>
    public const string Origin = "a client of Cloud Map's API";

    private static ServiceLease Longest { get; } = new() { Agent = new string('a', Limits.NameBytes), Time = Limits.LongestLease };

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
    public static CloudMapRefusal? ProblemOf(ServiceDefinition definition)
    {
        try
        {
            RecordTemplate.Of(
                definition, IPAddress.Parse("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ServiceState.Ready, null, Longest).Validate();
            return null;
        }
        catch (ArgumentException error)
        {
            return CloudMapRefusal.InvalidInput($"Gossip cannot hold this instance: {error.Message}");
        }
    }
}
