using System.Text.Json.Serialization;
using Gossip.Discovery;

namespace Gossip.AspNetCore.Resources;

/// <summary>Why each known instance of a service gets calls of this process, or none.</summary>
internal sealed record WhyServicePage(
    int Schema, string Service, DateTimeOffset Now, string Sentence, IReadOnlyList<WhyInstancePart> Instances)
{
    public static WhyServicePage Of(string service, DateTimeOffset now, IReadOnlyList<InstanceExplanation> instances) => new(
        PageJson.Schema, service, now, ServiceExplanation.Sum(service, instances), [.. instances.Select(WhyInstancePart.Of)]);
}

internal sealed record WhyInstancePart(string? Id, string? Node, bool In, string Rule, string Sentence)
{
    /// <summary>Where a call goes; null where none does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EndpointPart? Endpoint { get; init; }

    public static WhyInstancePart Of(InstanceExplanation one) =>
        new(one.InstanceId, one.Node, one.IsIn, EnumText.Of(one.Rule), one.Sentence)
        {
            Endpoint = one.Endpoint is { } endpoint ? EndpointPart.Of(endpoint) : null,
        };
}
