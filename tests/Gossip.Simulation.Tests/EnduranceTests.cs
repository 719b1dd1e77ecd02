using System.Globalization;
using Xunit.Abstractions;

namespace Gossip.Simulation.Tests;

/// <summary>A cluster that changes for a day: nobody is held dead that lives, and no node holds more at its end than after some hours.</summary>
public sealed class EnduranceTests(ITestOutputHelper output)
{
    /// <summary>Which records there are at the end of an hour, and how long they are, is chance. What leaks has three times as much.</summary>
    private const double Tolerance = 1.5;

    /// <summary>Of one that died in silence nobody knows that it will not come back, so it is remembered for longer than what has left.</summary>
    private const int Remembered = 2;

    private const int TestimoniesEach = 8;

    private const int LongestMessage = 2_000;

    /// <summary>
    /// These keep the last so many of something, whatever becomes of it: they fill up once, to a limit that <see cref="SafetyChecker"/>
    /// watches.
    /// </summary>
    private static readonly string[] KeepTheLast = ["Introductions._asked", "addresses asked", "PropagationTracker._news" + Holdings.Bytes];

    private static readonly ulong Seed =
        Environment.GetEnvironmentVariable("GOSSIP_SEED") is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : 17;

    [Fact]
    public void Six_hours_of_a_cluster_of_which_half_goes_and_comes_back_in_each_leave_nothing_behind() => Endure(nodes: 12, hours: 6, churn: 0.5);

    [NightlyFact]
    public void A_day_of_128_nodes_of_which_one_in_ten_goes_and_comes_back_in_each_hour_leaves_nothing_behind() =>
        Endure(nodes: 128, hours: 24, churn: 0.1);

    [Fact]
    public void What_a_node_holds_is_counted_wherever_it_is()
    {
        using var world = new World(Seed);
        var owner = world.Add();
        for (var i = 0; i < 3; i++)
            owner.Register(new ServiceRecord { InstanceId = $"i{i}", Service = "orders" });
        var holdings = new Holdings();

        holdings.Add(owner.Node);

        Assert.Equal((1, 3), (holdings.Counts["MemberTable._hashes"], holdings.Counts["OwnerRecords._records"]));
        Assert.Equal(3, holdings.Counts["RumorQueue._bySubject"]);
        Assert.True(holdings.Counts["StoredRecord.Payload" + Holdings.Bytes] > 3 * 10);
    }

    private void Endure(int nodes, int hours, double churn)
    {
        using var experiment = new EnduranceExperiment(nodes, churn, Seed);
        var world = experiment.World;
        var held = new List<IReadOnlyDictionary<string, long>>();
        for (var hour = 1; hour <= hours; hour++)
        {
            experiment.RunHour();
            Assert.True(experiment.Safety.FalseDeaths.Count == 0, $"{world}: {string.Join("; ", experiment.Safety.FalseDeaths)}");
            Assert.True(experiment.Safety.Violations.Count == 0, $"{world}: {string.Join("; ", experiment.Safety.Violations)}");
            Assert.True(world.IsInAgreement(), $"{world}: no agreement at the end of hour {hour}");
            Assert.All(world.Nodes, node => Assert.InRange(node.Node.Members.Count, nodes, nodes + Remembered));
            held.Add(HeldIn(world));
            output.WriteLine($"hour {hour}: {experiment.Changes} changes, heap {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F1} MB");
        }

        var grown = held.SelectMany(one => one.Keys).Distinct().Order(StringComparer.Ordinal)
            .Where(what => HasGrown(what, [.. held.Select(one => one.GetValueOrDefault(what))], nodes)).ToList();
        Assert.True(grown.Count == 0, $"{world}: these grew: {string.Join(", ", grown)}");
    }

    private static Dictionary<string, long> HeldIn(World world)
    {
        var holdings = new Holdings();
        foreach (var node in world.Nodes)
            holdings.Add(node.Node);
        var held = new Dictionary<string, long>(holdings.Counts);
        foreach (var size in world.Nodes.SelectMany(node => node.Node.Sizes))
            held[size.What] = held.GetValueOrDefault(size.What) + size.Count;
        return held;
    }

    /// <summary>
    /// The most of the last third of the hours against the most of the first, and what chance may bring to each node: one message, or the
    /// testimonies of the dead. So what goes up and down is flat too, as a pool that starts anew whenever it is full.
    /// </summary>
    private bool HasGrown(string what, long[] counts, int nodes)
    {
        var third = counts.Length / 3;
        var (early, late) = (counts[..third].Max(), counts[^third..].Max());
        output.WriteLine($"{what}: {early} at most in the first third, {late} in the last, {Slope(counts):F1} more each hour");
        var chance = what.EndsWith(Holdings.Bytes, StringComparison.Ordinal) ? LongestMessage : Remembered * TestimoniesEach;
        return late > (early * Tolerance) + (chance * nodes) && !KeepTheLast.Contains(what);
    }

    /// <summary>By least squares.</summary>
    private static double Slope(long[] counts)
    {
        var (middle, mean) = ((counts.Length - 1) / 2.0, counts.Average());
        return counts.Select((count, hour) => (hour - middle) * (count - mean)).Sum() / counts.Select((_, hour) => (hour - middle) * (hour - middle)).Sum();
    }
}
