using System.Collections.Immutable;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>A service that a Consul client has registered.</summary>
/// <param name="Service">What the client said.</param>
/// <param name="Checks">Its checks.</param>
/// <param name="Node">The external node that it is on; null for the agent's own.</param>
/// <param name="Definition">What the agent makes of it.</param>
/// <param name="Text">All that was said of it, by which two are compared.</param>
internal sealed record RegisteredService(
    ServiceRegistration Service, ImmutableArray<ConsulCheck> Checks, string? Node, ServiceDefinition Definition, string Text);

/// <summary>All that Consul clients have told this agent, at one moment.</summary>
internal sealed record RegistryState
{
    public static RegistryState Empty { get; } = new();

    /// <summary>By the id of the record, which is the service's own on the agent's node.</summary>
    public ImmutableSortedDictionary<string, RegisteredService> Services { get; init; } =
        ImmutableSortedDictionary.Create<string, RegisteredService>(StringComparer.Ordinal);

    /// <summary>Ids of records by the services' names.</summary>
    public ImmutableDictionary<string, ImmutableSortedSet<string>> Names { get; init; } =
        ImmutableDictionary.Create<string, ImmutableSortedSet<string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks by their ids, of services as of the agent's node, but for those of external nodes.</summary>
    public ImmutableSortedDictionary<string, ConsulCheck> Checks { get; init; } =
        ImmutableSortedDictionary.Create<string, ConsulCheck>(StringComparer.Ordinal);

    /// <summary>Nodes that have no agent.</summary>
    public ImmutableSortedDictionary<string, ExternalNode> Nodes { get; init; } =
        ImmutableSortedDictionary.Create<string, ExternalNode>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why all of the agent's services take nothing new; null when they do.</summary>
    public string? Maintenance { get; init; }

    /// <summary>Checks that are of the agent's node.</summary>
    public IEnumerable<ConsulCheck> NodeChecks => Checks.Values.Where(check => check.What.ServiceID.Length == 0);

    /// <summary>The id of a record, among all of the agent.</summary>
    public static string KeyOf(string? node, string service) => node is null ? service : $"{node}/{service}";

    /// <summary>The state with a service in the place of that with its id.</summary>
    public RegistryState With(RegisteredService service)
    {
        var key = KeyOf(service.Node, service.Service.ID);
        var without = Without(key);
        var ids = without.Names.GetValueOrDefault(service.Service.Name) ?? ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
        return without with
        {
            Services = without.Services.SetItem(key, service),
            Names = without.Names.SetItem(service.Service.Name, ids.Add(key)),
            Checks = service.Node is null
                ? without.Checks.SetItems(service.Checks.Select(check => KeyValuePair.Create(check.What.CheckID, check)))
                : without.Checks,
        };
    }

    /// <summary>The state without a service and its checks.</summary>
    public RegistryState Without(string key)
    {
        if (!Services.TryGetValue(key, out var service))
            return this;
        var ids = Names[service.Service.Name].Remove(key);
        return this with
        {
            Services = Services.Remove(key),
            Names = ids.IsEmpty ? Names.Remove(service.Service.Name) : Names.SetItem(service.Service.Name, ids),
            Checks = service.Node is null ? Checks.RemoveRange(service.Checks.Select(check => check.What.CheckID)) : Checks,
        };
    }
}
