using System.Net;
using Gossip.Inspection;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Tests.Snapshots;

public sealed class SnapshotBuilderTests : IOutbox, IDisposable
{
    private readonly NodeClock _clock = new(TimeProvider.System);
    private readonly Node _node;
    private readonly SnapshotBuilder _builder;

    public SnapshotBuilderTests()
    {
        _node = new Node(
            new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "n", Zone = "z", Address = PeerAddress.From(IPAddress.Loopback, 1) },
            new Randomness(1),
            _clock.Now);
        _builder = new SnapshotBuilder(_node, _clock, new BalancingClock(TimeProvider.System));
    }

    [Fact]
    public void Without_a_change_it_is_the_same_snapshot()
    {
        var first = _builder.Build();
        Assert.Equal(1, first.Revision);
        Assert.Same(first, _builder.Build());
    }

    [Fact]
    public void What_did_not_change_is_shared()
    {
        Register("a", "orders");
        Register("b", "payments");
        Register("c", "payments");
        var before = _builder.Build();
        Register("b", "payments", weight: 5);
        var after = _builder.Build();

        Assert.Equal(before.Revision + 1, after.Revision);
        Assert.Same(before.Members[0], after.Members[0]);
        Assert.Same(before.GetInstances("orders"), after.GetInstances("orders"));
        Assert.NotSame(before.GetInstances("payments"), after.GetInstances("payments"));
        Assert.Same(before.GetInstances("payments").Single(one => one.InstanceId == "c"), after.GetInstances("payments").Single(one => one.InstanceId == "c"));
        Assert.Equal([100, 100], before.GetInstances("payments").Select(one => one.Weight));
    }

    [Fact]
    public void What_comes_after_a_removed_record_is_shared_too()
    {
        for (var i = 0; i < 10; i++)
            Register($"i{i}", "orders");
        var before = _builder.Build().GetInstances("orders");
        _node.Deregister(_clock.Now, "i3", this);
        var after = _builder.Build().GetInstances("orders");
        Assert.Equal(9, after.Count);
        Assert.All(after, one => Assert.Same(before.Single(old => old.InstanceId == one.InstanceId), one));
    }

    [Fact]
    public void Calls_are_counted_for_an_instance_whichever_state_of_its_record_they_hold()
    {
        Register("a", "orders");
        var before = _builder.Build().GetInstances("orders")[0];
        Register("a", "orders", weight: 5);
        var after = _builder.Build().GetInstances("orders")[0];
        using var call = before.Begin();
        Register("a", "orders", weight: 7);
        var last = _builder.Build().GetInstances("orders")[0];

        Assert.NotSame(before, after);
        Assert.Equal((1, 1, 1), (before.InFlight, after.InFlight, last.InFlight));
        call.Complete(CallOutcome.Answered);
        Assert.Equal((0, 0, 0), (before.InFlight, after.InFlight, last.InFlight));
    }

    [Fact]
    public async Task Threads_that_use_an_instance_for_the_first_time_together_count_as_one()
    {
        for (var i = 0; i < 200; i++)
        {
            Register($"i{i}", "orders");
            var instance = _builder.Build().GetAllInstances("orders").Single(one => one.InstanceId == $"i{i}");
            using var start = new Barrier(3);
            var calls = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                start.SignalAndWait();
                return instance.Begin();
            })));
            Assert.Equal(3, instance.InFlight);
            Array.ForEach(calls, call => call.Dispose());
        }
    }

    [Fact]
    public void What_is_met_by_a_node_that_is_not_new_itself_grows_from_then_on_whenever_it_is_first_used()
    {
        var time = new ManualTime();
        var board = new BalancingClock(time);
        var builder = new SnapshotBuilder(_node, _clock, board);
        Register("old", "orders");
        builder.Build();
        time.Advance(TimeSpan.FromMilliseconds(2 * board.SlowStart));
        Register("new", "orders");
        Register("closed", "orders", state: ServiceState.Draining);
        var all = builder.Build().GetAllInstances("orders");
        time.Advance(TimeSpan.FromMilliseconds(board.SlowStart / 2));

        Assert.Equal(["closed", "new", "old"], all.Select(one => one.InstanceId));
        Assert.Equal([1, 0.55f, 1], all.Select(one => one.Statistics.Grown()));
        Register("closed", "orders");
        Assert.True(builder.Build().GetAllInstances("orders")[0].Statistics.IsGrowing);
        time.Advance(TimeSpan.FromMilliseconds(board.SlowStart / 2));
        Assert.Equal(1, all[1].Statistics.Grown());
    }

    [Fact]
    public void Calls_of_an_instance_that_is_gone_count_until_they_have_ended_and_a_minute_longer()
    {
        var time = new ManualTime();
        var balancing = new BalancingClock(time);
        var builder = new SnapshotBuilder(_node, _clock, balancing);
        foreach (var id in new[] { "waits", "answered", "unused" })
            Register(id, "orders");
        var all = builder.Build().GetAllInstances("orders");
        var waits = all.Single(one => one.InstanceId == "waits").Begin();
        all.Single(one => one.InstanceId == "answered").Begin().Complete(CallOutcome.Answered);
        Register("waits", "orders", weight: 5);
        builder.Build();
        Assert.Empty(balancing.Former.All);

        foreach (var id in new[] { "waits", "answered", "unused" })
            _node.Deregister(_clock.Now, id, this);
        var report = CallsContent.Of("web", builder.Build(), balancing.Former);
        Assert.Equal(["answered", "waits"], report.Calls.Select(call => call.Id).Order());
        Assert.Equal(1, report.Calls.Single(call => call.Id == "waits").InFlight);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("waits", Assert.Single(balancing.Former.All).Id);
        waits.Complete(CallOutcome.Failed);
        Assert.Equal(1, Assert.Single(balancing.Former.All).Statistics.LastMinute().Failures);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(balancing.Former.All);
    }

    [Fact]
    public void Of_instances_that_are_gone_a_bounded_number_is_remembered_the_last_ones()
    {
        var balancing = new BalancingClock(new ManualTime());
        var builder = new SnapshotBuilder(_node, _clock, balancing);
        for (var i = 0; i < 1_100; i++)
        {
            Register($"i{i}", "orders");
            builder.Build().GetAllInstances("orders")[0].Begin().Complete(CallOutcome.Answered);
            _node.Deregister(_clock.Now, $"i{i}", this);
            builder.Build();
        }

        Assert.Equal(Enumerable.Range(76, 1_024), balancing.Former.All.Select(one => int.Parse(one.Id[1..], System.Globalization.CultureInfo.InvariantCulture)).Order());
    }

    [Fact]
    public void Names_are_compared_without_case_and_listed_sorted()
    {
        Register("a", "Payments");
        Register("b", "payments");
        Register("c", "orders");
        var snapshot = _builder.Build();
        Assert.Equal(["orders", "Payments"], snapshot.Services);
        Assert.Equal(2, snapshot.GetInstances("PAYMENTS").Count);
        Assert.Empty(snapshot.GetInstances("unknown"));
    }

    [Theory]
    [InlineData(ServiceState.Starting, false)]
    [InlineData(ServiceState.Ready, true)]
    [InlineData(ServiceState.Degraded, true)]
    [InlineData(ServiceState.Draining, false)]
    public void Only_those_that_want_traffic_are_offered(ServiceState state, bool isOffered)
    {
        Register("a", "orders", state: state);
        var snapshot = _builder.Build();
        Assert.Single(snapshot.GetAllInstances("orders"));
        Assert.Equal(isOffered ? 1 : 0, snapshot.GetInstances("orders").Count);
    }

    [Fact]
    public void What_a_snapshot_lacks_that_could_not_be_made_is_in_the_next()
    {
        var time = new UnreadableTime();
        var builder = new SnapshotBuilder(_node, _clock, new BalancingClock(time));
        builder.Build();
        Register("a", "orders");
        Register("b", "orders");
        time.IsUnreadable = true;
        Assert.Throws<InvalidOperationException>(() => builder.Build());
        time.IsUnreadable = false;
        Register("c", "stock");
        var snapshot = builder.Build();
        Assert.Equal((2, 1, 1), (snapshot.GetInstances("orders").Count, snapshot.GetInstances("stock").Count, snapshot.Members.Count));
    }

    [Fact]
    public void A_node_that_left_offers_nothing()
    {
        Register("a", "orders");
        _builder.Build();
        _node.Leave(_clock.Now, this);
        var snapshot = _builder.Build();
        Assert.Equal(MemberState.Left, Assert.Single(snapshot.Members).State);
        Assert.Empty(snapshot.Services);
    }

    [Fact]
    public void Each_instance_has_its_turn_and_a_change_does_not_start_anew()
    {
        for (var i = 0; i < 3; i++)
            Register($"i{i}", "orders");
        var feed = new SnapshotFeed();
        var discovery = TestDiscovery.Over(feed);
        feed.Publish(_builder.Build());
        Assert.Null(discovery.TryPick("unknown"));
        var first = Enumerable.Range(0, 2).Select(_ => discovery.Pick("orders").InstanceId).ToList();
        _node.Register(_clock.Now, new ServiceRecord { InstanceId = "i0", Service = "orders", Version = "2" }, this);
        feed.Publish(_builder.Build());
        first.Add(discovery.Pick("orders").InstanceId);
        Assert.Equal(3, first.Distinct().Count());
    }

    [Fact]
    public void Where_weights_differ_each_instance_is_picked_by_its_share()
    {
        Register("none", "orders", weight: 0);
        Register("one", "orders", weight: 100);
        Register("three", "orders", weight: 300);
        var feed = new SnapshotFeed();
        var discovery = TestDiscovery.Over(feed);
        feed.Publish(_builder.Build());

        var picks = Enumerable.Range(0, 4_000).Select(_ => discovery.Pick("orders").InstanceId).CountBy(id => id).ToDictionary();

        Assert.InRange(picks["one"], 990, 1_010);
        Assert.InRange(picks["three"], 2_990, 3_010);
        Assert.Equal(2, picks.Count);
    }

    [Fact]
    public async Task Picks_from_many_threads_are_even()
    {
        for (var i = 0; i < 4; i++)
            Register($"i{i}", "orders");
        var feed = new SnapshotFeed();
        var discovery = TestDiscovery.Over(feed);
        feed.Publish(_builder.Build());
        var picks = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 1_000).Select(_ => discovery.Pick("orders").InstanceId).ToArray())));
        Assert.All(picks.SelectMany(each => each).CountBy(id => id), count => Assert.Equal(1_000, count.Value));
    }

    [Fact]
    public void An_instance_tells_where_it_is()
    {
        _node.Register(
            _clock.Now,
            new ServiceRecord
            {
                InstanceId = "a",
                Service = "orders",
                Version = "1.2",
                Endpoints = [new("web", "https", "orders.example", 8443), new("admin", "http", "::1", 81)],
                Metadata = new Dictionary<string, string> { ["team"] = "blue" },
            },
            this);
        var one = Assert.Single(_builder.Build().GetInstances("orders"));
        Assert.Equal(("orders", "a", "1.2", "n", "z"), (one.Service, one.InstanceId, one.Version, one.NodeName, one.Zone));
        Assert.Equal(new Uri("https://orders.example:8443"), one.Uri);
        Assert.Equal(new Uri("http://[::1]:81"), one.FindUri("ADMIN"));
        Assert.Equal(new Uri("http://[::1]:81"), one.FindUri("http"));
        Assert.Null(one.FindUri("redis"));
        Assert.Equal("blue", one.Metadata["team"]);
    }

    [Fact]
    public void What_a_record_does_not_tell_or_leaves_empty_is_null()
    {
        var quiet = new ServiceRecord { InstanceId = "a", Service = "orders" };
        var empty = quiet with
        {
            Version = "", Reason = "", Zone = "", Region = "", Environment = "", Host = "", Endpoints = [new("http", "http", "a", 1) { Protocol = "" }],
        };
        foreach (var record in new[] { quiet, empty })
        {
            string?[] told = [record.Version, record.Reason, record.Zone, record.Region, record.Environment, record.Host];
            Assert.All(told, Assert.Null);
            _node.Register(_clock.Now, record, this);
            var one = Assert.Single(_builder.Build().GetInstances("orders"));
            Assert.All([one.Version, one.Reason, one.Region, one.Environment, one.Host], Assert.Null);
            Assert.All(one.Endpoints, endpoint => Assert.Null(endpoint.Protocol));
            Assert.Equal("z", one.Zone);
        }
    }

    [Fact]
    public void Metadata_keep_their_order_on_the_wire()
    {
        string[] keys = ["b", "a", "d", "c"];
        var record = new ServiceRecord { InstanceId = "a", Service = "orders", Metadata = keys.ToDictionary(key => key, key => $"{key}1") };
        _node.Register(_clock.Now, record, this);
        var one = Assert.Single(_builder.Build().GetInstances("orders"));
        Assert.Equal(["b=b1", "a=a1", "d=d1", "c=c1"], one.Metadata.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    public void Dispose() => _node.Dispose();

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }

    private void Register(string id, string service, int weight = 100, ServiceState state = ServiceState.Ready) =>
        _node.Register(_clock.Now, new ServiceRecord { InstanceId = id, Service = service, Weight = weight, State = state }, this);
}
