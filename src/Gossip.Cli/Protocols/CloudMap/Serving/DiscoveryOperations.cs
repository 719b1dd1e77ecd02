using System.Collections.Immutable;
using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>What callers ask all the time: the instances of a service by its name, and whether these are others than before.</summary>
/// <param name="space">The name of the namespace.</param>
/// <param name="services">The services.</param>
/// <param name="catalog">What readers see.</param>
internal sealed class DiscoveryOperations(string space, ServiceOperations services, CloudMapCatalog catalog)
{
    private const int MostFound = 1_000;
    private const int FoundUnlessAsked = 100;
    private const int MostOfName = 1_024;

    private const string Healthy = CloudMapHealth.Healthy;
    private const string All = "ALL";
    private const string HealthyOrElseAll = "HEALTHY_OR_ELSE_ALL";

    public IEnumerable<CloudMapOperation> Operations =>
    [
        new("DiscoverInstances", false, (body, _) => ValueTask.FromResult(Discover(body))),
        new("DiscoverInstancesRevision", false, (body, _) => ValueTask.FromResult(Revision(body))),
    ];

    private CloudMapAnswer Discover(CloudMapBody body)
    {
        var found = Find(body, out var name);
        var most = body.Whole("MaxResults", 1, MostFound, FoundUnlessAsked);
        var health = body.Word("HealthStatus", Healthy, CloudMapHealth.Unhealthy, All, HealthyOrElseAll) ?? Healthy;
        var (query, optional) = (body.Pairs("QueryParameters"), body.Pairs("OptionalParameters"));
        if (found is null || body.Problem is not null)
            return CloudMapAnswer.Of(body.Problem!);
        var rows = Choose(found.Rows, query, optional, health);
        // In another order each time: a caller that takes the first one calls all in turn.
        Random.Shared.Shuffle(rows);
        var shown = rows.Take(most).Select(row => new DiscoveredInstanceBody(row.Id, space, name, row.Health, row.Attributes));
        return CloudMapAnswer.Of(new DiscoveredBody([.. shown], found.Revision), json => json.DiscoveredBody);
    }

    private CloudMapAnswer Revision(CloudMapBody body) => Find(body, out _) is { } found
        ? CloudMapAnswer.Of(new RevisionBody(found.Revision), json => json.RevisionBody)
        : CloudMapAnswer.Of(body.Problem!);

    private ServiceRows? Find(CloudMapBody body, out string name)
    {
        var given = body.Text("NamespaceName", MostOfName, space);
        name = body.Text("ServiceName", MostOfName, "web");
        if (body.Problem is not null)
            return null;
        if (given != space)
            body.Wrong(services.NoNamespace("NamespaceName", given));
        else if (catalog.Find(name) is { } found)
            return found;
        else
            body.Wrong(ServiceOperations.NoService(name));
        return null;
    }

    /// <summary>
    /// Those that match; of these, those that match what is optional too, where there is one; and of these, those of the health that is
    /// asked for.
    /// </summary>
    private static InstanceRow[] Choose(
        ImmutableArray<InstanceRow> all, IReadOnlyDictionary<string, string>? query, IReadOnlyDictionary<string, string>? optional,
        string health)
    {
        var matching = all.Where(row => Matches(row, query)).ToArray();
        if (optional is { Count: > 0 } && matching.Where(row => Matches(row, optional)).ToArray() is { Length: > 0 } better)
            matching = better;
        if (health == All)
            return matching;
        var chosen = matching.Where(row => row.Health == (health == HealthyOrElseAll ? Healthy : health)).ToArray();
        return health == HealthyOrElseAll && chosen.Length == 0 ? matching : chosen;
    }

    private static bool Matches(InstanceRow row, IReadOnlyDictionary<string, string>? wanted) =>
        wanted is null || wanted.All(pair => row.Attributes.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
