using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests;

/// <summary>Real nodes over real sockets.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task Five_processes_on_one_machine_find_each_other_with_no_address_configured()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c", "d", "e");
        Assert.Equal(cluster.WellKnownPort, hosts[0].Identity.Local.Port);
        Assert.Equal(5, hosts.Select(host => host.Identity.Local).Distinct().Count());
        Assert.All(hosts, host => Assert.True(host.Identity.Local.IsLoopback));
    }

    [Fact]
    public async Task With_a_key_it_works_the_same()
    {
        await using var cluster = new TestCluster { Key = TestKeys.New() };
        var hosts = await cluster.StartAsync("a", "b", "c");
        var report = await hosts[1].ReportAsync();
        Assert.NotNull(report.Identity.KeyFingerprint);
        Assert.Equal(0, report.Counters.Dropped.Values.Sum());
    }

    [Fact]
    public async Task Nodes_with_different_keys_never_mix_and_count_it()
    {
        await using var cluster = new TestCluster();
        var one = await cluster.StartOneAsync("one", options => options.Key = TestKeys.New());
        var other = await cluster.StartOneAsync("other", options => options.Key = TestKeys.New());
        await Eventually.HoldsAsync(
            async () => (await one.ReportAsync()).Counters.Dropped[DropReason.UnknownKey] > 0, "the foreign key is counted");
        Assert.Single(one.Discovery.Current.Members);
        Assert.Single(other.Discovery.Current.Members);
    }

    [Fact]
    public async Task A_service_is_seen_changed_drained_and_gone_by_the_others()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");

        var registration = await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());
        Assert.Single(hosts[0].Discovery.GetInstances("payments"));
        foreach (var host in hosts)
        {
            var found = Assert.Single(await host.Discovery.WaitForAsync("PAYMENTS", 1, Eventually.Patience()));
            Assert.Equal(("a", new Uri("http://127.0.0.1:5001")), (found.NodeName, found.Uri));
        }

        await registration.UpdateAsync(record => record with { Weight = 7, Tags = ["blue"] });
        foreach (var host in hosts)
            await host.SeesAsync(snapshot => snapshot.GetInstances("payments") is [{ Weight: 7, Tags: ["blue"] }], "the change");

        await registration.DrainAsync();
        foreach (var host in hosts)
            await host.SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 0 && snapshot.GetAllInstances("payments").Count == 1, "the drain");

        await registration.DisposeAsync();
        foreach (var host in hosts)
            await host.SeesAsync(snapshot => snapshot.Services.Count == 0, "no service");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await registration.DrainAsync());
    }

    [Fact]
    public async Task A_record_that_no_datagram_holds_arrives_too()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        var text = new string('x', 15_000);
        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments() with { Metadata = new Dictionary<string, string> { ["note"] = text } });
        foreach (var host in hosts)
            Assert.Equal(text, Assert.Single(await host.Discovery.WaitForAsync("payments", 1, Eventually.Patience())).Metadata["note"]);
    }

    [Fact]
    public async Task A_graceful_stop_is_seen_as_such()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        await hosts[1].Registrar.RegisterAsync(TestCluster.Payments());
        await hosts[2].Discovery.WaitForAsync("payments", 1, Eventually.Patience());
        await hosts[1].StopAsync();
        foreach (var host in new[] { hosts[0], hosts[2] })
        {
            var snapshot = await host.SeesStateAsync("b", MemberState.Left);
            Assert.Empty(snapshot.GetAllInstances("payments"));
        }
    }

    [Fact]
    public async Task A_crash_is_noticed_and_a_restart_is_found()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        await hosts[1].Registrar.RegisterAsync(TestCluster.Payments());
        await hosts[0].Discovery.WaitForAsync("payments", 1, Eventually.Patience());
        await hosts[1].CrashAsync();
        foreach (var host in new[] { hosts[0], hosts[2] })
        {
            var snapshot = await host.SeesStateAsync("b", MemberState.Dead);
            Assert.Empty(snapshot.GetAllInstances("payments"));
            var why = await host.Node.WhyAsync("b", Eventually.Patience());
            var died = why.Single(told => told.Kind == ClusterEventKind.MemberDied);
            Assert.Contains(died.Testimonies[0].Accuser, new[] { "a", "c" });
            Assert.NotEqual(Evidence.None, died.Testimonies[0].Evidence);
        }

        var restarted = await cluster.StartOneAsync("b");
        foreach (var host in new[] { hosts[0], hosts[2], restarted })
            await host.SeesLiveAsync("a", "b", "c");
    }

    [Fact]
    public async Task When_the_holder_of_the_well_known_port_dies_the_next_one_takes_its_place()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        await hosts[0].CrashAsync();
        await hosts[1].SeesStateAsync("a", MemberState.Dead);

        var next = await cluster.StartOneAsync("d");
        Assert.Equal(cluster.WellKnownPort, next.Identity.Local.Port);
        foreach (var host in new[] { hosts[1], hosts[2], next })
            await host.SeesLiveAsync("b", "c", "d");
    }

    [Fact]
    public async Task Another_cluster_that_holds_the_first_well_known_port_does_not_part_the_processes_of_this_one()
    {
        await using var foreign = new TestCluster();
        await foreign.StartOneAsync("foreign");
        await using var cluster = new TestCluster { WellKnownPort = foreign.WellKnownPort };
        await cluster.StartAsync("a", "b", "c");
    }

    [Fact]
    public async Task Garbage_on_both_transports_harms_nothing_and_is_counted()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b");
        await using var stranger = new SocketTransport(BoundSockets.Bind(IPAddress.Loopback, 0, []), new TransportOptions());
        var random = new Random(11);
        for (var i = 0; i < 200; i++)
        {
            var garbage = new byte[random.Next(1, 1500)];
            random.NextBytes(garbage);
            stranger.Send(hosts[0].Identity.Local, garbage, i % 10 == 0 ? Delivery.Stream : Delivery.Datagram);
        }

        await Eventually.HoldsAsync(async () => (await hosts[0].ReportAsync()).Counters.Dropped.Values.Sum() >= 100, "the garbage is counted");
        var report = await hosts[0].ReportAsync();
        Assert.Equal(0, report.LoopFailures);
        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());
        await hosts[1].Discovery.WaitForAsync("payments", 1, Eventually.Patience());
    }

    [Fact]
    public async Task Streams_of_junk_are_closed_and_do_not_keep_a_newcomer_out()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        List<Socket> strangers = [];
        for (var i = 0; i < 256; i++)
        {
            var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await stranger.ConnectAsync(host.Identity.Local.ToEndPoint());
            await stranger.SendAsync(new byte[] { 0, 0, 0, 1, 7 });
            strangers.Add(stranger);
        }

        foreach (var stranger in strangers)
            Assert.True(await IsClosedAsync(stranger));
        Assert.Equal(0, (await host.ReportAsync()).LoopFailures);
        await cluster.StartOneAsync("b");
        await host.SeesLiveAsync("a", "b");
    }

    [Theory]
    [InlineData("Gossip:Cluster")]
    [InlineData("Gossip:Key")]
    public async Task A_stranger_is_told_of_once_with_its_address_and_the_remedy(string remedy)
    {
        var isKey = remedy == "Gossip:Key";
        await using var cluster = new TestCluster { Key = isKey ? TestKeys.New() : null };
        var one = await cluster.StartOneAsync("one");
        var other = await cluster.StartOneAsync("other", options =>
        {
            if (isKey)
                options.Key = TestKeys.New();
            else
                options.Cluster = "another";
        });
        var port = $":{other.Identity.Local.Port} ";
        await Eventually.HoldsAsync(() => StrangersIn(one.Log).Length > 0, "the stranger is told of");
        await Eventually.HoldsAsync(
            async () => (await one.ReportAsync()).Counters.Dropped[isKey ? DropReason.UnknownKey : DropReason.ForeignCluster] >= 3, "it goes on knocking");
        Assert.Contains(port, Assert.Single(StrangersIn(one.Log)), StringComparison.Ordinal);

        string[] StrangersIn(TestLog log) =>
            [.. log.Entries.Where(entry => entry.Text.Contains("left alone", StringComparison.Ordinal) && entry.Text.Contains($"same {remedy}", StringComparison.Ordinal)).Select(entry => entry.Text)];
    }

    [Fact]
    public async Task Two_nodes_of_one_name_are_reported_on_both_sides()
    {
        await using var cluster = new TestCluster();
        var one = await cluster.StartOneAsync("twin");
        var other = await cluster.StartOneAsync("twin");
        foreach (var (host, peer) in new[] { (one, other), (other, one) })
        {
            await Eventually.HoldsAsync(() => host.Log.Warnings.Any(text => text.Contains("Gossip:NodeName", StringComparison.Ordinal)), "the conflict is told");
            var warning = host.Log.Warnings.First(text => text.Contains("Gossip:NodeName", StringComparison.Ordinal));
            Assert.Contains(host.Identity.Local.ToString(), warning, StringComparison.Ordinal);
            Assert.Contains(peer.Identity.Local.ToString(), warning, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_idle_node_allocates_next_to_nothing()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        long Allocated() => host.Node.AskAsync((_, _, _) => GC.GetAllocatedBytesForCurrentThread()).AsTask().GetAwaiter().GetResult();
        var before = Allocated();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(3));
        await timer.WaitForNextTickAsync();
        // The question itself costs the loop a snapshot that turns out to be the same.
        Assert.InRange(Allocated() - before, 0, 8_000);
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                return await socket.ReceiveAsync(new byte[1], Eventually.Patience()) == 0;
            }
            catch (SocketException)
            {
                return true;
            }
        }
    }
}
