using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>A service as the agent has it.</summary>
internal sealed record AgentServiceBody(
    string ID, string Service, IReadOnlyList<string> Tags, IReadOnlyDictionary<string, string> Meta, int Port, string Address,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, ServicePlace>? TaggedAddresses,
    ServiceWeights Weights, bool EnableTagOverride,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ContentHash, string Datacenter);

/// <summary>A service as the catalog has it, on its node.</summary>
internal sealed record NodeServiceBody(
    string ID, string Service, IReadOnlyList<string> Tags, string Address,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, ServicePlace>? TaggedAddresses,
    IReadOnlyDictionary<string, string>? Meta, int Port, ServiceWeights Weights, bool EnableTagOverride, ProxyBody Proxy, EmptyBody Connect,
    long CreateIndex, long ModifyIndex);

/// <summary>A service as the catalog lists it, with its node.</summary>
internal sealed record CatalogServiceBody(
    string ID, string Node, string Address, string Datacenter, IReadOnlyDictionary<string, string>? TaggedAddresses,
    IReadOnlyDictionary<string, string>? NodeMeta, string ServiceKind, string ServiceID, string ServiceName,
    IReadOnlyList<string> ServiceTags, string ServiceAddress,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyDictionary<string, ServicePlace>? ServiceTaggedAddresses,
    ServiceWeights ServiceWeights, IReadOnlyDictionary<string, string> ServiceMeta, int ServicePort, bool ServiceEnableTagOverride,
    ProxyBody ServiceProxy, EmptyBody ServiceConnect, long CreateIndex, long ModifyIndex);

/// <summary>A node.</summary>
internal sealed record NodeBody(
    string ID, string Node, string Address, string Datacenter, IReadOnlyDictionary<string, string>? TaggedAddresses,
    IReadOnlyDictionary<string, string>? Meta, long CreateIndex, long ModifyIndex);

/// <summary>A check.</summary>
internal sealed record CheckBody(
    string Node, string CheckID, string Name, string Status, string Notes, string Output, string ServiceID, string ServiceName,
    IReadOnlyList<string> ServiceTags, string Type, EmptyBody Definition, long CreateIndex, long ModifyIndex);

/// <summary>A check as <c>agent/health</c> shows it, which leaves out what it is and shows what it is not.</summary>
internal sealed record BareCheckBody(
    string Node, string CheckID, string Name, string Status, string Notes, string Output, string ServiceID, string ServiceName,
    IReadOnlyList<string>? ServiceTags, string Type, BareDefinitionBody Definition, long CreateIndex, long ModifyIndex);

/// <summary>What every check of <c>agent/health</c> is said to do.</summary>
internal sealed record BareDefinitionBody(
    string Interval, string Timeout, string DeregisterCriticalServiceAfter, string HTTP, IReadOnlyList<string>? Header, string Method,
    string Body, bool TLSSkipVerify, string TCP)
{
    public static BareDefinitionBody Instance { get; } = new("0s", "0s", "0s", "", null, "", "", false, "");
}

/// <summary>An instance with its node and its checks.</summary>
internal sealed record HealthServiceBody(NodeBody Node, NodeServiceBody Service, IReadOnlyList<CheckBody> Checks);

/// <summary>A service of the agent, and how well it is.</summary>
internal sealed record AgentHealthBody(string AggregatedStatus, AgentServiceBody? Service, IReadOnlyList<BareCheckBody>? Checks);

/// <summary>A node and its services by their ids.</summary>
internal sealed record NodeServicesBody(NodeBody Node, IReadOnlyDictionary<string, NodeServiceBody> Services);

/// <summary>A node and the list of its services.</summary>
internal sealed record NodeServiceListBody(NodeBody? Node, IReadOnlyList<NodeServiceBody>? Services);

/// <summary>An object without anything in it.</summary>
internal sealed record EmptyBody
{
    public static EmptyBody Instance { get; } = new();
}

/// <summary>The proxy of a service that has none.</summary>
internal sealed record ProxyBody(EmptyBody MeshGateway, EmptyBody Expose)
{
    public static ProxyBody Instance { get; } = new(EmptyBody.Instance, EmptyBody.Instance);
}

/// <summary>The agent itself.</summary>
internal sealed record SelfBody(
    SelfConfigBody Config, DebugConfigBody DebugConfig, MemberBody Member, IReadOnlyDictionary<string, string> Meta,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Stats);

/// <summary>What the agent says of itself.</summary>
internal sealed record SelfConfigBody(string Datacenter, string NodeName, string NodeID, string Revision, bool Server, string Version);

/// <summary>The bounds of the façade.</summary>
internal sealed record DebugConfigBody(
    string ACLDefaultPolicy, int HTTPMaxConnsPerClient, int HTTPMaxBodyBytes, int MaxBlockedQueries, string MaxQueryTime,
    string DefaultQueryTime, string Implementation);

/// <summary>A member of the cluster.</summary>
internal sealed record MemberBody(
    string Name, string Addr, int Port, IReadOnlyDictionary<string, string> Tags, int Status, int ProtocolMin, int ProtocolMax,
    int ProtocolCur, int DelegateMin, int DelegateMax, int DelegateCur);

/// <summary>How Consul writes its answers: as its properties are called in Go.</summary>
[JsonSerializable(typeof(AgentServiceBody))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, AgentServiceBody>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, CheckBody>))]
[JsonSerializable(typeof(IReadOnlyList<AgentHealthBody>))]
[JsonSerializable(typeof(AgentHealthBody))]
[JsonSerializable(typeof(IReadOnlyList<CatalogServiceBody>))]
[JsonSerializable(typeof(IReadOnlyList<CheckBody>))]
[JsonSerializable(typeof(IReadOnlyList<HealthServiceBody>))]
[JsonSerializable(typeof(IReadOnlyList<MemberBody>))]
[JsonSerializable(typeof(IReadOnlyList<NodeBody>))]
[JsonSerializable(typeof(NodeServicesBody))]
[JsonSerializable(typeof(NodeServiceListBody))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, IReadOnlyList<string>>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(SelfBody))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
internal sealed partial class ConsulJson : JsonSerializerContext
{
    /// <summary>Compact; what a page could take for markup is escaped, and letters beyond ASCII are not.</summary>
    public static ConsulJson Compact { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) });

    /// <summary>For people.</summary>
    public static ConsulJson Pretty { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), WriteIndented = true, IndentSize = 4,
    });
}
