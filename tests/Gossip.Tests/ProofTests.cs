namespace Gossip.Tests;

/// <summary>Proof over real sockets that what was registered is known.</summary>
public sealed class ProofTests
{
    [Fact]
    public async Task What_was_proven_is_seen_by_all_without_waiting()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c", "d");
        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());

        var proof = await hosts[0].Node.ProveAsync(Eventually.Deadline, Eventually.Patience());

        Assert.Equal((3, 3), (proof.Acknowledged, proof.Total));
        Assert.InRange(proof.Elapsed, TimeSpan.FromTicks(1), Eventually.Deadline);
        foreach (var host in hosts)
        {
            // A member acknowledges in the turn of its loop whose snapshot shows the record: when another turn has answered, that one is over.
            await host.ReportAsync();
            Assert.Single(host.Discovery.Current.GetAllInstances("payments"));
        }
    }

    [Fact]
    public async Task Several_may_wait_for_one_proof_and_one_that_gives_up_does_not_end_it()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());
        using var cancelled = new CancellationTokenSource();
        await hosts[2].CrashAsync(); // So the proof lasts until its death is known.

        var first = hosts[0].Node.ProveAsync(Eventually.Deadline, cancelled.Token);
        var second = hosts[0].Node.ProveAsync(Eventually.Deadline, Eventually.Patience());
        var hasty = hosts[0].Node.ProveAsync(TimeSpan.Zero, Eventually.Patience());
        await cancelled.CancelAsync();

        Assert.Equal(1, (await second).Acknowledged);
        Assert.InRange((await hasty).Total, 1, 2);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
    }

    [Fact]
    public async Task A_member_that_does_not_answer_is_missing_when_the_time_is_over()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        await hosts[2].CrashAsync();
        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());

        var proof = await hosts[0].Node.ProveAsync(TimeSpan.FromMilliseconds(100), Eventually.Patience());
        Assert.InRange(proof.Acknowledged, 0, proof.Total);
        Assert.InRange(proof.Total, 1, 2);
        var complete = await hosts[0].Node.ProveAsync(Eventually.Deadline, Eventually.Patience());
        Assert.Equal((1, 1), (complete.Acknowledged, complete.Total));
    }

    [Fact]
    public async Task A_node_that_stops_leaves_nobody_waiting_for_its_proof()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b");
        var node = hosts[0].Node;
        await hosts[1].CrashAsync();

        var proof = node.ProveAsync(Eventually.Deadline, Eventually.Patience());
        await hosts[0].CrashAsync();

        try
        {
            Assert.Equal(0, (await proof).Acknowledged);
        }
        catch (InvalidOperationException)
        {
            // It had stopped before the loop heard of it.
        }

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.ProveAsync(Eventually.Deadline, Eventually.Patience()));
    }
}
