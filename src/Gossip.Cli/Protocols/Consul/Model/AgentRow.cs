using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>A service of this agent, whoever registered it, with its checks as they are now.</summary>
/// <param name="Service">What is said of it.</param>
/// <param name="Checks">Its checks.</param>
internal sealed record AgentRow(ServiceRegistration Service, IReadOnlyList<CheckBody> Checks)
{
    /// <summary>One that a Consul client has registered.</summary>
    /// <param name="service">The service.</param>
    /// <param name="node">The agent's node.</param>
    /// <param name="drain">Why it drains; null where it does not.</param>
    public static AgentRow Of(RegisteredService service, string node, string? drain) => new(
        service.Service, With(service.Service, node, drain, service.Checks.Select(check => Catalog.BodyOf(check, node, service.Service))));

    /// <summary>One of a file, or of the agent's own API.</summary>
    public static AgentRow Of(ShownService shown, string node)
    {
        var definition = shown.Definition;
        var endpoint = definition.Endpoints.Count > 0 ? definition.Endpoints[0] : null;
        var service = new ServiceRegistration
        {
            ID = definition.Id,
            Name = definition.Name,
            Tags = definition.Tags,
            Address = endpoint?.Host ?? "",
            Port = endpoint?.Port ?? 0,
            Meta = definition.Metadata,
            Weights = new(Math.Max(1, definition.Weight / DefinitionTemplate.WeightOfOne), 1),
        };
        var checks = shown.Checks.Select((check, index) => BodyOf(check, IdOf(shown, index), node, service));
        return new(service, With(service, node, shown.Drain, checks));
    }

    /// <summary>The id of a check of the agent's own, by its place: Consul's are unique in an agent, and ours in a service.</summary>
    public static string IdOf(ShownService shown, int index) => shown.Checks.Count == 1
        ? $"service:{shown.Definition.Id}"
        : string.Create(CultureInfo.InvariantCulture, $"service:{shown.Definition.Id}:{index + 1}");

    /// <summary>The service as it is listed.</summary>
    /// <param name="datacenter">Its data centre.</param>
    /// <param name="withHash">Whether its hash is among it.</param>
    public AgentServiceBody ToBody(string datacenter, bool withHash)
    {
        var body = new AgentServiceBody(
            Service.ID, Service.Name, Service.Tags, Service.Meta ?? new Dictionary<string, string>(), Service.Port, Service.Address,
            Service.TaggedAddresses, Service.Weights, Service.EnableTagOverride, null, datacenter);
        if (!withHash)
            return body;
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, ConsulJson.Compact.AgentServiceBody));
        return body with { ContentHash = Convert.ToHexStringLower(hash.AsSpan(0, 8)) };
    }

    private static List<CheckBody> With(ServiceRegistration service, string node, string? drain, IEnumerable<CheckBody> checks) =>
        [.. checks, .. drain is null ? Array.Empty<CheckBody>() : [Catalog.MaintenanceOf(service, node, drain)]];

    private static CheckBody BodyOf(ScheduledCheck check, string id, string node, ServiceRegistration service)
    {
        var report = check.Report;
        return new(
            node, id, $"Service '{service.Name}' check", CheckWords.Of(report.Status), "", report.Last.Output ?? "", service.ID,
            service.Name, service.Tags, check.Definition.Kind.ToString().ToLowerInvariant(), EmptyBody.Instance, 0, 0);
    }
}
