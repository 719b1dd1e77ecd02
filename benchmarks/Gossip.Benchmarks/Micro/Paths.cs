namespace Gossip.Benchmarks.Micro;

/// <summary>What clients ask for, made before.</summary>
internal static class Paths
{
    private static readonly Uri[] All = [.. Enumerable.Range(0, 1_000).Select(i => new Uri($"/customers/{i}/orders?open=true", UriKind.Relative))];

    public static Uri Of(int number) => All[number % All.Length];
}
