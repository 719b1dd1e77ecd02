using System.Collections.Immutable;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>An instance as a client has registered it, and as it is kept.</summary>
internal sealed record InstanceRegistration
{
    /// <summary>The name of its service.</summary>
    public required string Service { get; init; }

    /// <summary>Names it among those of its service at this agent.</summary>
    public required string InstanceId { get; init; }

    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    /// <summary>What the client gave to tell a repetition of its request by; null for nothing.</summary>
    public string? CreatorRequestId { get; init; }

    /// <summary>Whether its client says that it is well: what it was registered with, or the last report.</summary>
    public bool IsHealthy { get; init; } = true;

    /// <summary>The id of its record among all of the agent: another service may have an instance of the same id.</summary>
    public string RecordId => CloudMapNames.RecordIdOf(Service, InstanceId);
}

/// <summary>A service that a client has created: a name, which is known while nobody has registered an instance of it.</summary>
internal sealed record CreatedService
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? CreatorRequestId { get; init; }

    /// <summary>When it was created; to the second.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>An instance of a client, and what the agent makes of it.</summary>
internal sealed record RegisteredInstance(InstanceRegistration What, ServiceDefinition Definition);

/// <summary>A service of this agent's clients, with those of its instances that they have registered here.</summary>
internal sealed record CloudMapService(CreatedService Created, ImmutableSortedDictionary<string, RegisteredInstance> Instances)
{
    public static CloudMapService Of(CreatedService created) =>
        new(created, ImmutableSortedDictionary.Create<string, RegisteredInstance>(StringComparer.Ordinal));
}

/// <summary>All that clients have told this agent, at one moment.</summary>
/// <param name="Services">The services by their names, which are the same in any case.</param>
/// <param name="Count">Instances of all of them.</param>
internal sealed record CloudMapState(ImmutableSortedDictionary<string, CloudMapService> Services, int Count)
{
    public static CloudMapState Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, CloudMapService>(StringComparer.OrdinalIgnoreCase), 0);

    public RegisteredInstance? Find(string service, string instance) =>
        Services.GetValueOrDefault(service)?.Instances.GetValueOrDefault(instance);

    /// <summary>The state with a service; with its instances, where it is there already.</summary>
    public CloudMapState With(CreatedService created) => this with
    {
        Services = Services.SetItem(
            created.Name,
            Services.GetValueOrDefault(created.Name) is { } known ? known with { Created = created } : CloudMapService.Of(created)),
    };

    /// <summary>The state with an instance in the place of that with its id; its service is there.</summary>
    public CloudMapState With(RegisteredInstance instance)
    {
        var service = Services[instance.What.Service];
        var instances = service.Instances.SetItem(instance.What.InstanceId, instance);
        return new(
            Services.SetItem(service.Created.Name, service with { Instances = instances }),
            Count + instances.Count - service.Instances.Count);
    }

    /// <summary>The state without an instance, whose service stays.</summary>
    public CloudMapState Without(RegisteredInstance instance)
    {
        var service = Services[instance.What.Service];
        var instances = service.Instances.Remove(instance.What.InstanceId);
        return new(
            Services.SetItem(service.Created.Name, service with { Instances = instances }),
            Count + instances.Count - service.Instances.Count);
    }
}
