using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Protocols.Consul.Filters;

/// <summary>By what the answers of Consul's API are filtered: the fields of its types, as they are called in Go.</summary>
internal static class ConsulSchemas
{
    private static readonly FilterSchema Weights = new(
        Number<ServiceWeights>("Passing", weights => weights.Passing),
        Number<ServiceWeights>("Warning", weights => weights.Warning));

    private static readonly FilterSchema Place = new(
        Text<ServicePlace>("Address", place => place.Address),
        Number<ServicePlace>("Port", place => place.Port));

    /// <summary>Of a service of the agent.</summary>
    public static FilterSchema AgentService { get; } = new(
        Text<AgentServiceBody>("ID", one => one.ID),
        Text<AgentServiceBody>("Kind", _ => ""),
        Text<AgentServiceBody>("Service", one => one.Service),
        Texts<AgentServiceBody>("Tags", one => one.Tags),
        Map<AgentServiceBody>("Meta", one => one.Meta),
        Number<AgentServiceBody>("Port", one => one.Port),
        Text<AgentServiceBody>("Address", one => one.Address),
        Places<AgentServiceBody>("TaggedAddresses", one => one.TaggedAddresses),
        new("Weights", FilterType.Object, one => ((AgentServiceBody)one).Weights, Weights),
        Flag<AgentServiceBody>("EnableTagOverride", one => one.EnableTagOverride));

    /// <summary>Of a service on its node.</summary>
    public static FilterSchema NodeService { get; } = new(
        Text<NodeServiceBody>("ID", one => one.ID),
        Text<NodeServiceBody>("Kind", _ => ""),
        Text<NodeServiceBody>("Service", one => one.Service),
        Texts<NodeServiceBody>("Tags", one => one.Tags),
        Map<NodeServiceBody>("Meta", one => one.Meta),
        Number<NodeServiceBody>("Port", one => one.Port),
        Text<NodeServiceBody>("Address", one => one.Address),
        Places<NodeServiceBody>("TaggedAddresses", one => one.TaggedAddresses),
        new("Weights", FilterType.Object, one => ((NodeServiceBody)one).Weights, Weights),
        Flag<NodeServiceBody>("EnableTagOverride", one => one.EnableTagOverride));

    /// <summary>Of a node.</summary>
    public static FilterSchema Node { get; } = new(
        Text<NodeBody>("ID", one => one.ID),
        Text<NodeBody>("Node", one => one.Node),
        Text<NodeBody>("Address", one => one.Address),
        Text<NodeBody>("Datacenter", one => one.Datacenter),
        Map<NodeBody>("TaggedAddresses", one => one.TaggedAddresses),
        Map<NodeBody>("Meta", one => one.Meta));

    /// <summary>Of a check.</summary>
    public static FilterSchema Check { get; } = new(
        Text<CheckBody>("Node", one => one.Node),
        Text<CheckBody>("CheckID", one => one.CheckID),
        Text<CheckBody>("Name", one => one.Name),
        Text<CheckBody>("Status", one => one.Status),
        Text<CheckBody>("Notes", one => one.Notes),
        Text<CheckBody>("Output", one => one.Output),
        Text<CheckBody>("ServiceID", one => one.ServiceID),
        Text<CheckBody>("ServiceName", one => one.ServiceName),
        Texts<CheckBody>("ServiceTags", one => one.ServiceTags),
        Text<CheckBody>("Type", one => one.Type));

    /// <summary>Of an instance with its node and checks.</summary>
    public static FilterSchema Health { get; } = new(
        new("Node", FilterType.Object, one => ((HealthServiceBody)one).Node, Node),
        new("Service", FilterType.Object, one => ((HealthServiceBody)one).Service, NodeService),
        new("Checks", FilterType.Objects, one => ((HealthServiceBody)one).Checks, Check));

    /// <summary>Of a service as the catalog lists it.</summary>
    public static FilterSchema CatalogService { get; } = new(
        Text<CatalogServiceBody>("ID", one => one.ID),
        Text<CatalogServiceBody>("Node", one => one.Node),
        Text<CatalogServiceBody>("Address", one => one.Address),
        Text<CatalogServiceBody>("Datacenter", one => one.Datacenter),
        Map<CatalogServiceBody>("TaggedAddresses", one => one.TaggedAddresses),
        Map<CatalogServiceBody>("NodeMeta", one => one.NodeMeta),
        Text<CatalogServiceBody>("ServiceKind", _ => ""),
        Text<CatalogServiceBody>("ServiceID", one => one.ServiceID),
        Text<CatalogServiceBody>("ServiceName", one => one.ServiceName),
        Texts<CatalogServiceBody>("ServiceTags", one => one.ServiceTags),
        Text<CatalogServiceBody>("ServiceAddress", one => one.ServiceAddress),
        Places<CatalogServiceBody>("ServiceTaggedAddresses", one => one.ServiceTaggedAddresses),
        new("ServiceWeights", FilterType.Object, one => ((CatalogServiceBody)one).ServiceWeights, Weights),
        Map<CatalogServiceBody>("ServiceMeta", one => one.ServiceMeta),
        Number<CatalogServiceBody>("ServicePort", one => one.ServicePort),
        Flag<CatalogServiceBody>("ServiceEnableTagOverride", one => one.ServiceEnableTagOverride));

    private static FilterField Text<T>(string name, Func<T, string> read) => new(name, FilterType.Text, one => read((T)one));

    private static FilterField Number<T>(string name, Func<T, int> read) => new(name, FilterType.Number, one => (long)read((T)one));

    private static FilterField Flag<T>(string name, Func<T, bool> read) => new(name, FilterType.Flag, one => read((T)one));

    private static FilterField Texts<T>(string name, Func<T, IReadOnlyList<string>> read) =>
        new(name, FilterType.Texts, one => read((T)one));

    private static FilterField Map<T>(string name, Func<T, IReadOnlyDictionary<string, string>?> read) =>
        new(name, FilterType.TextMap, one => read((T)one));

    private static FilterField Places<T>(string name, Func<T, IReadOnlyDictionary<string, ServicePlace>?> read) => new(
        name,
        FilterType.ObjectMap,
        one => read((T)one)?.ToDictionary(pair => pair.Key, pair => (object)pair.Value, StringComparer.Ordinal),
        Place);
}
