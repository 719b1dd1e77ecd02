using System.Text.Json.Serialization;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Agent.Serving;

/// <summary>The agent itself.</summary>
internal sealed record AgentPage(
    int Schema, string Name, string Node, string Cluster, string Address, int ProcessId, int Services, int Registered, int Most);

/// <summary>All services.</summary>
internal sealed record ServicesPage(int Schema, IReadOnlyList<ServicePage> Services)
{
    public static ServicesPage Of(IEnumerable<ShownService> all) =>
        new(AgentJson.Schema, [.. all.OrderBy(one => one.Definition.Id, StringComparer.Ordinal).Select(ServicePage.Of)]);
}

/// <summary>A service: what is wanted, what its checks say, and what the cluster is told (<c>null</c>: nothing).</summary>
internal sealed record ServicePage(
    string Id, string Name, string? Version, string Origin, IReadOnlyList<string> Endpoints, string? State, string? Reason, string? Problem,
    IReadOnlyList<CheckPage> Checks)
{
    public static ServicePage Of(ShownService shown) => new(
        shown.Definition.Id,
        shown.Definition.Name,
        shown.Definition.Version,
        shown.Definition.Origin,
        [.. (shown.Record?.Endpoints ?? []).Select(endpoint => endpoint.ToString())],
        shown.Record is { } record ? CamelCase(record.State.ToString()) : null,
        shown.Record is null ? shown.Health.Reason : shown.Record.Reason,
        shown.Problem,
        [.. shown.Checks.Select(CheckPage.Of)]);

    internal static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

/// <summary>A check, with what it said last.</summary>
internal sealed record CheckPage(string Id, string Type, string Status, string LastStatus, string Output, DateTimeOffset? At, long Runs)
{
    public static CheckPage Of(ScheduledCheck check)
    {
        var report = check.Report;
        return new(
            check.Definition.Id,
            NameOf(check.Definition.Kind),
            ServicePage.CamelCase(report.Status.ToString()),
            ServicePage.CamelCase(report.Last.Status.ToString()),
            report.Last.Output ?? "",
            report.At,
            report.Runs);
    }

    private static string NameOf(CheckKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>A mistake of a caller, as RFC 9457 has it.</summary>
internal sealed record ProblemPage(string Title, int Status, string Detail, IReadOnlyList<string> Errors);

/// <summary>An order with its reason.</summary>
internal sealed record DrainOrderBody(string? Reason);

/// <summary>How the API writes its answers: camel case, and what is not known is null.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(AgentPage))]
[JsonSerializable(typeof(ServicesPage))]
[JsonSerializable(typeof(ServicePage))]
[JsonSerializable(typeof(ProblemPage))]
[JsonSerializable(typeof(DrainOrderBody))]
internal sealed partial class AgentJson : JsonSerializerContext
{
    /// <summary>The version of the answers' schema: it grows when something is taken away or means something else.</summary>
    public const int Schema = 1;
}
