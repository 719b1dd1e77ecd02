namespace Gossip.Benchmarks.Balancing;

/// <summary>Which instances answer 500, and how often they are called.</summary>
/// <param name="Name">For people.</param>
/// <param name="Instances">How many there are.</param>
/// <param name="Failing">So many of them fail, the first ones.</param>
/// <param name="Errors">The share of the failing ones' answers that are 500.</param>
/// <param name="CallsPerSecond">What each caller calls.</param>
/// <param name="Before">The seconds for which all is well before.</param>
internal sealed record FailingCase(string Name, int Instances, int Failing, double Errors, double CallsPerSecond, int Before = 20)
{
    public static IReadOnlyList<FailingCase> All { get; } =
    [
        .. from rate in (double[])[50, 1]
           from count in (int[])[2, 4, 10]
           select new FailingCase($"1 of {count}, {rate:0}/s", count, 1, 1, rate),
        new("1 of 4, new", 4, 1, 1, 50, Before: 0),
        new("1 in 20, 50/s", 4, 4, 0.05, 50),
        new("all, 50/s", 4, 4, 1, 50),
    ];

    /// <summary>The second in which the failing ones recover: at one call per second it takes longer to see a share.</summary>
    public int Until => Before + (CallsPerSecond < 10 ? 300 : 60);
}
