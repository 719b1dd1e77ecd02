using System.Collections.Immutable;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>
/// Makes the agent's definition of what a Consul client has registered. A service without a check is taken at its word, as Consul does, and
/// what is deregistered goes at once, for its client does not wait.
/// </summary>
internal static class DefinitionTemplate
{
    /// <summary>Who says so, for people.</summary>
    public const string Origin = "a client of Consul's API";

    /// <summary>Our weights are hundreds where those of Consul are ones.</summary>
    public const int WeightOfOne = 100;

    private const int MostWeight = 10_000;

    public static ServiceDefinition Of(
        ServiceRegistration service, ImmutableArray<ConsulCheck> checks, ExternalNode? node, string text) => new()
    {
        Id = RegistryState.KeyOf(node?.Node, service.ID),
        Name = service.Name,
        Weight = (int)Math.Min(service.Weights.Passing * (long)WeightOfOne, MostWeight),
        Endpoints = EndpointOf(service, node) is { } endpoint ? [endpoint] : [],
        Tags = [.. service.Tags.Where(tag => tag.Length > 0).Distinct(StringComparer.Ordinal)],
        Metadata = service.Meta ?? new Dictionary<string, string>(),
        Version = service.Meta?.GetValueOrDefault("version") is { Length: > 0 } version && Limits.IsName(version, Limits.NameBytes)
            ? version
            : null,
        Checks = [.. checks.Select(CheckOf)],
        DrainWait = TimeSpan.Zero,
        DeregisterAfter = checks.Select(check => check.What.DeregisterAfter).Where(after => after > TimeSpan.Zero)
            .Select(after => (TimeSpan?)after).Min(),
        Text = string.Join('\n', [text, .. checks.Select(check => check.Key)]),
        Origin = Origin,
    };

    /// <summary>Why the cluster cannot be told of it; null when it can.</summary>
    public static ConsulRefusal? ProblemOf(ServiceDefinition definition) => RecordTemplate.ProblemOf(definition) is { } problem
        ? new(400, $"Gossip cannot hold this service: {problem}")
        : null;

    /// <summary>A port that is none has no endpoint: the service is there, and cannot be called by name.</summary>
    private static EndpointDefinition? EndpointOf(ServiceRegistration service, ExternalNode? node)
    {
        if (service.Port is < 1 or > ushort.MaxValue)
            return null;
        var scheme = service.Meta is not { } meta ? "http"
            : meta.GetValueOrDefault("scheme") is { Length: > 0 and <= 32 } given && Uri.CheckSchemeName(given) ? given
            : meta.GetValueOrDefault("secure") == "true" ? "https" : "http";
        var host = service.Address.Length > 0 ? service.Address : node?.Address;
        return new EndpointDefinition(scheme, scheme, host, service.Port, null);
    }

    /// <summary>What the agent runs.</summary>
    public static CheckDefinition CheckOf(ConsulCheck check)
    {
        var what = check.What;
        // A report counts at once, and so does its absence; what never changes need hardly be looked at.
        var interval = what.Type switch
        {
            CheckType.Ttl => TimeSpan.FromMilliseconds(Math.Clamp(what.Ttl.TotalMilliseconds / 10, 100, 1_000)),
            CheckType.Alias => TimeSpan.FromSeconds(1),
            CheckType.Static => TimeSpan.FromHours(1),
            _ => what.Interval,
        };
        var isAsked = what.Type is CheckType.Http or CheckType.Tcp or CheckType.Grpc;
        return new()
        {
            Id = what.CheckID,
            Kind = what.Type switch
            {
                CheckType.Http => CheckKind.Http,
                CheckType.Tcp => CheckKind.Tcp,
                CheckType.Grpc => CheckKind.Grpc,
                _ => CheckKind.Ttl,
            },
            Interval = interval,
            Timeout = isAsked ? what.Timeout + ConsulCheck.Margin : TimeSpan.FromSeconds(5),
            Jitter = isAsked ? 0.1 : 0,
            Ttl = what.Ttl,
            Own = check,
            Text = check.Key,
        };
    }
}
