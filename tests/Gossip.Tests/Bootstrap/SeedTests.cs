using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Bootstrap;

public sealed class SeedTests
{
    private static readonly Backoff Short = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));

    [Fact]
    public async Task A_source_that_fails_is_logged_and_asked_again()
    {
        using var log = new TestLog();
        var joined = new ConcurrentQueue<PeerAddress>();
        var source = new Source(run => run < 3 ? throw new InvalidOperationException("no luck") : [new IPEndPoint(IPAddress.Loopback, 80)]);
        await using var pipeline = new SeedPipeline(joined.Enqueue, _ => true, TimeProvider.System, log.CreateLogger("")) { Pauses = Short };
        pipeline.Start([source]);
        await Eventually.HoldsAsync(() => joined.Count >= 2, "the source found something, again and again");
        Assert.Equal(3, log.Warnings.Count());
    }

    [Fact]
    public async Task A_source_that_ignores_its_cancellation_does_not_hold_up_the_stop()
    {
        using var log = new TestLog();
        using var gate = new ManualResetEventSlim();
        var pipeline = new SeedPipeline(_ => { }, _ => true, TimeProvider.System, log.CreateLogger(""));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pipeline.Start([new Source(_ => asked.TrySetResult() && gate.Wait(Eventually.Deadline) ? [] : [])]);
        await asked.Task;
        await pipeline.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline / 2);
        Assert.Single(log.Warnings);
        gate.Set();
    }

    [Fact]
    public async Task Unusable_addresses_are_not_handed_on()
    {
        var joined = new ConcurrentQueue<PeerAddress>();
        IPEndPoint[] found =
        [
            new(IPAddress.Any, 80), new(IPAddress.Parse("224.0.0.251"), 80), new(IPAddress.Broadcast, 80), new(IPAddress.Loopback, 0),
            new(IPAddress.IPv6Loopback, 80), new(IPAddress.Loopback, 81),
        ];
        await using var pipeline = new SeedPipeline(joined.Enqueue, seed => seed.IsIPv4, TimeProvider.System, NullLogger.Instance) { Pauses = Short };
        pipeline.Start([new Source(_ => found)]);
        await Eventually.HoldsAsync(() => joined.Count >= 2, "the good one is handed on");
        Assert.All(joined, seed => Assert.Equal(81, seed.Port));
    }

    [Fact]
    public void Addresses_that_a_source_repeats_are_counted_once_and_failures_of_the_past_fade()
    {
        var time = new ManualTime();
        var source = new WatchedSource(new Source(_ => []), time);
        for (var round = 0; round < 5; round++)
        {
            for (var host = 1; host <= 5; host++)
            {
                source.Found(new IPEndPoint(IPAddress.Parse($"10.0.0.{host}"), 7390), isUsable: true);
                source.Found(new IPEndPoint(IPAddress.Parse($"fd00::{host}"), 7390), isUsable: false);
            }
        }

        Assert.Equal((10, 5), (source.Report.Found.Count, source.Report.Unusable));

        var failed = time.GetUtcNow();
        source.Failed("no luck");
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(("no luck", failed), (source.Report.Problem, source.Report.FailedAt));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((null, null), (source.Report.Problem, source.Report.FailedAt));
    }

    [Fact]
    public void A_source_that_finds_something_again_has_no_problem_and_no_time_of_one()
    {
        var source = new WatchedSource(new Source(_ => []), new ManualTime());
        source.Failed("no luck");
        source.Found(new IPEndPoint(IPAddress.Loopback, 80), isUsable: true);
        Assert.Equal((null, null), (source.Report.Problem, source.Report.FailedAt));
    }

    [Fact]
    public async Task A_node_that_is_told_of_itself_does_not_take_that_for_an_address_that_it_cannot_use()
    {
        await using var cluster = new TestCluster();
        IPEndPoint[] told = [];
        var source = new Source(_ => Volatile.Read(ref told));
        var host = await cluster.StartOneAsync("a", services: services => services.AddSingleton<ISeedSource>(source));
        Volatile.Write(ref told, [host.Identity.Advertised.ToEndPoint()]);
        var lifecycle = host.Services.GetRequiredService<GossipLifecycle>();
        var seen = await lifecycle.ExamineAsync(CancellationToken.None);
        await Eventually.HoldsAsync(
            async () => (seen = await lifecycle.ExamineAsync(CancellationToken.None)).Sources.Any(one => one.Found.Count > 0), "the source told of it");
        Assert.DoesNotContain(seen.Diagnose().Findings, finding => finding.Code == "unusable-seeds");
    }

    [Fact]
    public async Task Names_are_resolved_again_and_failures_are_told_once()
    {
        using var log = new TestLog();
        var asked = 0;
        var source = new ConfiguredSeeds([new SeedAddress("name", 80), new SeedAddress("10.0.0.1", 81)], TimeProvider.System, log.CreateLogger(""))
        {
            Pauses = Short,
            Resolve = (_, _) => Interlocked.Increment(ref asked) <= 3
                ? throw new SocketException((int)SocketError.HostNotFound)
                : Task.FromResult(new[] { IPAddress.Parse($"10.0.1.{asked}") }),
        };
        List<string> found = [];
        await foreach (var endPoint in source.FindAsync(Eventually.Patience()))
        {
            found.Add(endPoint.ToString());
            if (found.Count == 8)
                break;
        }

        Assert.Equal(["10.0.0.1:81", "10.0.0.1:81", "10.0.0.1:81", "10.0.1.4:80", "10.0.0.1:81", "10.0.1.5:80", "10.0.0.1:81", "10.0.1.6:80"], found);
        Assert.Single(log.Warnings);
    }

    [Fact]
    public async Task Addresses_alone_are_told_once_and_no_timer_runs_for_them()
    {
        var time = new ManualTime();
        var source = new ConfiguredSeeds([new SeedAddress("10.0.0.1", 81), new SeedAddress("fd00::1", 82)], time, NullLogger.Instance);
        using var stopping = new CancellationTokenSource();
        await using var found = source.FindAsync(stopping.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await found.MoveNextAsync());
        Assert.True(await found.MoveNextAsync());

        var third = found.MoveNextAsync().AsTask();
        time.Advance(TimeSpan.FromDays(1));

        Assert.False(third.IsCompleted);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
    }

    [Fact]
    public async Task An_address_is_tried_again_and_again_by_a_node_that_is_alone()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var seed = ((IPEndPoint)silent.Client.LocalEndPoint!).ToString();
        await using var cluster = new TestCluster();
        await cluster.StartOneAsync("alone", options => options.Seeds = [seed]);

        for (var tries = 0; tries < 3; tries++)
            Assert.NotEmpty((await silent.ReceiveAsync(Eventually.Patience())).Buffer);
    }

    [Fact]
    public async Task More_silent_addresses_than_questions_may_wait_do_not_hide_the_last_one()
    {
        using var last = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var silent = Enumerable.Range(1, Limits.SeedAliases).Select(i => $"127.9.0.{i}");
        await using var cluster = new TestCluster();
        await cluster.StartOneAsync("alone", options => options.Seeds = [.. silent, ((IPEndPoint)last.Client.LocalEndPoint!).ToString()]);

        Assert.NotEmpty((await last.ReceiveAsync(Eventually.Patience())).Buffer);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("127.0.0.9", "127.0.0.1 127.0.0.9")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::1", "::1")]
    public void The_well_known_ports_of_this_machine_are_seeds(string bound, string hosts)
    {
        var expected = hosts.Split(' ').SelectMany(host => Enumerable.Range(7390, 4).Select(port => new IPEndPoint(IPAddress.Parse(host), port)));
        Assert.Equal(expected, LoopbackSeeds.Of(IPAddress.Parse(bound), 7390));
    }

    [Theory]
    [InlineData("127.0.0.1:7390", "127.0.0.1:7390", false)]
    [InlineData("127.0.0.1:7391", "127.0.0.1:7390", true)]
    [InlineData("0.0.0.0:7390", "127.0.0.1:7390", false)]
    [InlineData("0.0.0.0:7390", "10.0.0.5:7390", false)]
    [InlineData("0.0.0.0:7390", "10.0.0.6:7390", true)]
    [InlineData("127.0.0.1:7390", "0.0.0.0:7391", false)]
    [InlineData("[::]:7390", "[::]:7391", false)]
    [InlineData("0.0.0.0:7390", "[fd00::1]:7390", false)]
    [InlineData("[::]:7390", "[fd00::1]:7390", true)]
    public void A_node_does_not_try_itself_nor_what_it_cannot_reach(string local, string seed, bool canTry)
    {
        var localAddress = TestPorts.Peer(local);
        var seedAddress = TestPorts.Peer(seed);
        var advertised = TestPorts.Peer("10.0.0.5:7390");
        Assert.Equal(canTry, new NodeIdentity(new MemberId(1), "n", "c", localAddress, advertised, "").CanTry(seedAddress));
    }

    [Fact]
    public async Task Configured_seeds_and_sources_of_ones_own_find_nodes_that_share_no_port()
    {
        await using var first = new TestCluster();
        var a = await first.StartOneAsync("a");
        var cluster = a.Identity.Cluster;
        await using var second = new TestCluster();
        var b = await second.StartOneAsync("b", options => (options.Cluster, options.Seeds) = (cluster, [$"localhost:{a.Identity.Local.Port}"]));
        await a.SeesLiveAsync("a", "b");

        await using var third = new TestCluster();
        var source = new Source(_ => [b.Identity.Local.ToEndPoint()]);
        await third.StartOneAsync("c", options => options.Cluster = cluster, services => services.AddSingleton<ISeedSource>(source));
        await a.SeesLiveAsync("a", "b", "c");
    }

    private sealed class Source(Func<int, IPEndPoint[]> find) : ISeedSource
    {
        private int _runs;

        public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.Yield();
            foreach (var found in find(_runs++))
                yield return found;
        }
    }
}
