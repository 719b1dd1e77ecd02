using Gossip.Protocol;

namespace Gossip.Tests;

/// <summary>Alone, because it takes the thread pool away from everybody.</summary>
[Collection(nameof(StarvationCollection))]
public sealed class StarvationTests
{
    [Fact]
    public async Task An_application_that_starves_the_thread_pool_neither_looks_dead_nor_accuses_others()
    {
        await using var cluster = new TestCluster();
        var hosts = new[] { await StartAsync(cluster, "a"), await StartAsync(cluster, "b"), await StartAsync(cluster, "c") };
        foreach (var host in hosts)
            await host.SeesLiveAsync("a", "b", "c");
        var before = await hosts[0].ReportAsync();

        StarveThePool();

        foreach (var host in hosts)
        {
            var report = await host.ReportAsync();
            Assert.DoesNotContain(report.Events, happened => happened.Kind is ClusterEventKind.MemberSuspected or ClusterEventKind.MemberDied);
            Assert.Equal(0, report.LoopFailures);
        }

        // That it went on at all: several probe rounds, each of them sent and answered while the pool stood still.
        var after = await hosts[0].ReportAsync();
        Assert.True(after.Counters.Probes >= before.Counters.Probes + 3, $"{after.Counters.Probes - before.Counters.Probes} probes");
        Assert.Equal(before.Counters.ProbesFailed, after.Counters.ProbesFailed);
    }

    /// <summary>Patient enough for a machine that is busy with something else.</summary>
    private static Task<TestHost> StartAsync(TestCluster cluster, string name) => cluster.StartOneAsync(name, options =>
    {
        options.Protocol.ProbeInterval = TimeSpan.FromMilliseconds(500);
        options.Protocol.ProbeWindow = TimeSpan.FromMilliseconds(500);
        options.Protocol.ProbeTimeout = TimeSpan.FromMilliseconds(400);
    });

    /// <summary>Blocks more work items than the pool grows by in the meantime. Synchronous on purpose: there is no pool to continue on.</summary>
    private static void StarveThePool()
    {
        using var gate = new ManualResetEventSlim();
        using var finished = new CountdownEvent(300);
        for (var i = 0; i < finished.InitialCount; i++)
        {
            ThreadPool.QueueUserWorkItem(_ =>
            {
                gate.Wait(Eventually.Deadline);
                finished.Signal();
            });
        }

        Assert.False(finished.Wait(TimeSpan.FromSeconds(3)));
        gate.Set();
        finished.Wait(Eventually.Deadline);
    }
}

[CollectionDefinition(nameof(StarvationCollection), DisableParallelization = true)]
public sealed class StarvationCollection;
