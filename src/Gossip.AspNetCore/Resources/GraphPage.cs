using Gossip.AspNetCore.Inspection;
using Gossip.Snapshots;

namespace Gossip.AspNetCore.Resources;

/// <summary>Which service depends on which, which is missing, and which depends on itself in a circle.</summary>
internal sealed record GraphPage(
    int Schema,
    DateTimeOffset Now,
    IReadOnlyList<GraphServicePart> Services,
    IReadOnlyList<MissingPart> Missing,
    IReadOnlyList<IReadOnlyList<string>> Cycles)
{
    /// <summary>How many processes were asked whom they call, this one included.</summary>
    public int Asked { get; init; } = 1;

    /// <summary>How many of them answered: what the others call is not among the edges.</summary>
    public int Answered { get; init; } = 1;

    /// <summary>Which services call which, in the last minute.</summary>
    public IReadOnlyList<EdgePart> Edges { get; init; } = [];

    public static GraphPage Of(ServiceSnapshot snapshot, DateTimeOffset now)
    {
        var graph = DependencyGraph.Of(snapshot);
        return new(
            PageJson.Schema,
            now,
            [.. graph.Services.Select(name => GraphServicePart.Of(name, graph, snapshot))],
            [.. graph.Missing().Select(name => new MissingPart(name, graph.DependentsOf(name)))],
            graph.Cycles());
    }
}

internal sealed record GraphServicePart(
    string Name, int Instances, int Ready, IReadOnlyCollection<string> DependsOn, IReadOnlyList<string> Dependents)
{
    public static GraphServicePart Of(string name, DependencyGraph graph, ServiceSnapshot snapshot) =>
        new(name, snapshot.GetAllInstances(name).Count, snapshot.GetInstances(name).Count, graph.NeedsOf(name), graph.DependentsOf(name));
}

internal sealed record MissingPart(string Name, IReadOnlyList<string> NeededBy);
