namespace Gossip.Tests;

/// <summary>How far a node's own records have spread, as it knows it by what others acknowledge.</summary>
public sealed class ConvergenceTests
{
    [Fact]
    public async Task Whoever_looks_learns_that_all_hold_the_last_write_and_a_node_that_wrote_nothing_says_nothing()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        Assert.Null((await hosts[0].ReportAsync()).Convergence);

        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());

        await Eventually.HoldsAsync(
            async () => (await hosts[0].ReportAsync()).Convergence is { Version: > 0, Holders: 2, Peers: 2 }, "both hold what was registered");
        Assert.Null((await hosts[1].ReportAsync()).Convergence);
        var report = await hosts[0].ReportAsync();
        await Eventually.HoldsAsync(
            async () => (await hosts[0].ReportAsync()).Figures.Count(one => one.Value is { RoundTrip: not null, IsIndirect: false }) == 2,
            "the round trips of both are measured");
        Assert.Equal(report.Members.Count, report.Figures.Count);
    }
}
