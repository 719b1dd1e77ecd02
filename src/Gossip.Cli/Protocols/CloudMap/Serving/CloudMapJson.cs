using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>What was done, by its id.</summary>
internal sealed record OperationIdBody(string OperationId);

/// <summary>Instances of a service, found by its name.</summary>
internal sealed record DiscoveredBody(IReadOnlyList<DiscoveredInstanceBody> Instances, long InstancesRevision);

/// <summary>One of them.</summary>
internal sealed record DiscoveredInstanceBody(
    string InstanceId, string NamespaceName, string ServiceName, string HealthStatus, IReadOnlyDictionary<string, string> Attributes);

/// <summary>The revision of a service's instances.</summary>
internal sealed record RevisionBody(long InstancesRevision);

/// <summary>Instances of a service, found by its id.</summary>
internal sealed record InstanceListBody(string ResourceOwner, IReadOnlyList<InstanceBody> Instances, string? NextToken);

/// <summary>One instance.</summary>
internal sealed record InstanceResultBody(string ResourceOwner, InstanceBody Instance);

/// <summary>An instance.</summary>
internal sealed record InstanceBody(
    string Id, IReadOnlyDictionary<string, string> Attributes, string? CreatorRequestId, string CreatedByAccount = CloudMapJson.Account);

/// <summary>How well instances are, by their ids.</summary>
internal sealed record HealthListBody(IReadOnlyDictionary<string, string> Status, string? NextToken);

/// <summary>Services.</summary>
internal sealed record ServiceListBody(IReadOnlyList<ServiceBody> Services, string? NextToken);

/// <summary>One service.</summary>
internal sealed record ServiceResultBody(ServiceBody Service);

/// <summary>A service.</summary>
internal sealed record ServiceBody(
    string Id, string Arn, string Name, string NamespaceId, string? Description, int InstanceCount,
    CustomHealthBody? HealthCheckCustomConfig, long? CreateDate, string? CreatorRequestId, string Type = CloudMapJson.Type,
    string ResourceOwner = CloudMapJson.Owner, string CreatedByAccount = CloudMapJson.Account);

/// <summary>That clients report how well their instances are, and that one report counts.</summary>
internal sealed record CustomHealthBody(int FailureThreshold = 1);

/// <summary>The namespaces, of which there is one.</summary>
internal sealed record NamespaceListBody(IReadOnlyList<NamespaceBody> Namespaces, string? NextToken);

/// <summary>One namespace.</summary>
internal sealed record NamespaceResultBody(NamespaceBody Namespace);

/// <summary>A namespace.</summary>
internal sealed record NamespaceBody(
    string Id, string Arn, string Name, int ServiceCount, NamespaceContentBody Properties, string Type = CloudMapJson.Type,
    string ResourceOwner = CloudMapJson.Owner);

/// <summary>By what name a namespace is asked for.</summary>
internal sealed record NamespaceContentBody(HttpNameBody HttpProperties);

/// <summary>That name.</summary>
internal sealed record HttpNameBody(string HttpName);

/// <summary>What became of an operation.</summary>
internal sealed record OperationResultBody(OperationBody Operation);

/// <summary>An operation.</summary>
internal sealed record OperationBody(
    string Id, string Type, string Status, string? ErrorMessage, string? ErrorCode, double CreateDate, double UpdateDate,
    IReadOnlyDictionary<string, string> Targets);

/// <summary>A refusal.</summary>
internal sealed record RefusalBody(
    [property: JsonPropertyName("__type")] string Type, string Message, string? ServiceId, string? ServiceArn);

/// <summary>An object without anything in it.</summary>
internal sealed record NothingBody;

/// <summary>How the façade writes its answers.</summary>
[JsonSerializable(typeof(OperationIdBody))]
[JsonSerializable(typeof(DiscoveredBody))]
[JsonSerializable(typeof(RevisionBody))]
[JsonSerializable(typeof(InstanceListBody))]
[JsonSerializable(typeof(InstanceResultBody))]
[JsonSerializable(typeof(HealthListBody))]
[JsonSerializable(typeof(ServiceListBody))]
[JsonSerializable(typeof(ServiceResultBody))]
[JsonSerializable(typeof(NamespaceListBody))]
[JsonSerializable(typeof(NamespaceResultBody))]
[JsonSerializable(typeof(OperationResultBody))]
[JsonSerializable(typeof(RefusalBody))]
[JsonSerializable(typeof(NothingBody))]
internal sealed partial class CloudMapJson : JsonSerializerContext
{
    /// <summary>The type of the namespace and of its services: there is no DNS of Route 53 behind them.</summary>
    public const string Type = "HTTP";

    /// <summary>Whose all is.</summary>
    public const string Owner = "SELF";

    /// <summary>There are no accounts.</summary>
    public const string Account = "000000000000";

    /// <summary>What a page could take for markup is escaped, and letters beyond ASCII are not; what is not told is left out.</summary>
    public static CloudMapJson Compact { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
