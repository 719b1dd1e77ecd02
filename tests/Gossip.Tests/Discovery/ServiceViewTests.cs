using Gossip.Snapshots;

namespace Gossip.Tests.Discovery;

/// <summary>Views over a real node's snapshots, with a clock that the test moves.</summary>
public sealed class ServiceViewTests : IDisposable
{
    private readonly TestRegistry _registry = new();
    private readonly ManualTime _time;
    private readonly SnapshotFeed _feed;
    private readonly Gossip.Discovery.ServiceDiscovery _discovery;

    public ServiceViewTests() => (_time, _feed, _discovery) = (_registry.Time, _registry.Feed, _registry.Discovery);

    public static TheoryData<string, ServiceQuery, string> Queries => new()
    {
        { "all", new("shop"), "a b c" },
        { "a name in other letters", new("SHOP"), "a b c" },
        { "endpoint", new("shop") { Endpoint = "Admin" }, "b" },
        { "scheme", new("shop") { Scheme = "HTTPS" }, "b c" },
        { "endpoint of a scheme", new("shop") { Endpoint = "admin", Scheme = "https" }, "" },
        { "version", new("shop") { Version = VersionRange.Parse(">=2") }, "c" },
        { "tag", new("shop") { Tag = "canary" }, "c" },
        { "zone of the node", new("shop") { Zone = "z1" }, "a b" },
        { "zone of its own", new("shop") { Zone = "z2" }, "c" },
        { "region", new("shop") { Region = "eu" }, "a" },
        { "environment", new("shop") { Environment = "staging" }, "b" },
        { "metadata", new("shop") { Where = one => one.Metadata.ContainsKey("gpu") }, "a" },
        { "a wish that can be met", new("shop") { Prefer = one => one.Zone == "z2" }, "c" },
        { "a wish that cannot", new("shop") { Prefer = one => one.Zone == "z9" }, "a b c" },
        { "those that want no traffic too", new("shop") { IncludeUnavailable = true }, "a b c d" },
        { "several", new("shop") { Scheme = "http", Zone = "z1", Region = "eu" }, "a" },
        { "another service", new("unknown"), "" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void A_view_has_what_its_query_means(string what, ServiceQuery query, string expected)
    {
        Shop();
        Assert.True(expected == Ids(_discovery.Open(query).Instances), what);
        Assert.Equal(query.Prefer is null ? expected : "a b c", Ids(_discovery.Current.GetAllInstances("shop").Where(query.Matches)));
    }

    [Fact]
    public void While_nothing_changes_a_view_is_the_same_list_and_costs_nothing()
    {
        Shop();
        var view = _discovery.Open(new("shop") { Zone = "z1" });
        var first = view.Instances;
        Publish("elsewhere", "orders");
        Assert.Same(first, view.Instances);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            _ = view.Instances;
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Publish("a", state: ServiceState.Draining);
        Assert.Equal("b", Ids(view.Instances));
    }

    [Fact]
    public async Task A_watch_of_a_view_fires_only_when_its_instances_change()
    {
        Shop();
        var view = _discovery.Open(new("shop") { Tag = "canary" });
        await using var watch = view.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync().AsTask();
        Publish("elsewhere", "orders");
        Publish("a", weight: 7);
        Assert.False(next.IsCompleted);
        Publish("c", weight: 7, tags: ["canary"]);
        Assert.True(await next);
        Assert.Equal(7, Assert.Single(watch.Current).Weight);
        next = watch.MoveNextAsync().AsTask();
        _feed.Complete();
        Assert.False(await next);
    }

    [Fact]
    public async Task A_token_of_a_view_fires_only_when_its_instances_change()
    {
        Shop();
        var view = _discovery.Open(new("shop") { Tag = "canary" });
        var token = view.GetChangeToken();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = token.RegisterChangeCallback(_ => told.SetResult(), null);
        using var never = view.GetChangeToken().RegisterChangeCallback(_ => Assert.Fail("called after it was disposed"), null);
        never.Dispose();
        Publish("a", weight: 7);
        Assert.False(token.HasChanged);
        Publish("c", state: ServiceState.Draining, tags: ["canary"]);
        Assert.True(token.HasChanged);
        await told.Task.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task A_watch_by_prefix_fires_for_those_names_only()
    {
        Shop();
        await using var watch = _discovery.WatchAsync("SH", Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync();
        Publish("elsewhere", "orders");
        Assert.False(next.IsCompleted);
        Publish("e", "shipping");
        Assert.True(await next);
        Assert.Equal(["orders", "shipping", "shop"], watch.Current.Services);
    }

    [Fact]
    public void The_last_known_instances_stand_in_for_none_until_their_time_is_over()
    {
        Shop();
        var view = _discovery.Open(new("shop") { Tag = "canary", WhenEmpty = WhenEmpty.LastKnown(TimeSpan.FromSeconds(10)) });
        Assert.Equal("c", Ids(view.Instances));
        Publish("c", state: ServiceState.Draining, tags: ["canary"]);
        Assert.Equal("c", Ids(view.Instances));
        _time.Advance(TimeSpan.FromSeconds(9));
        Publish("a", weight: 3);
        Assert.Equal("c", Ids(view.Instances));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(view.Instances);
        Publish("c", tags: ["canary"]);
        Assert.Equal("c", Ids(view.Instances));
    }

    [Fact]
    public async Task Who_watches_is_told_when_the_time_of_the_last_known_instances_is_over()
    {
        Publish("a");
        var view = _discovery.Open(new("shop") { WhenEmpty = WhenEmpty.LastKnown(TimeSpan.FromSeconds(10)) });
        await using var watch = view.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        Publish("a", state: ServiceState.Draining);
        var next = watch.MoveNextAsync().AsTask();
        Assert.Equal("a", Ids(view.Instances));
        var token = new TaskCompletionSource();
        using var registration = view.GetChangeToken().RegisterChangeCallback(_ => token.SetResult(), null);
        Assert.False(next.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(await next.WaitAsync(Eventually.Deadline));
        Assert.Empty(watch.Current);
        await token.Task.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public void What_one_reader_knew_last_is_not_lost_to_another_that_looked_before()
    {
        Publish("x", weight: 1);
        Action? meanwhile = null;
        var view = _discovery.Open(new("shop")
        {
            Where = one =>
            {
                Interlocked.Exchange(ref meanwhile, null)?.Invoke();
                return one.Weight > 1;
            },
            WhenEmpty = WhenEmpty.LastKnown(TimeSpan.FromSeconds(10)),
        });
        meanwhile = () =>
        {
            Publish("a");
            Assert.Equal("a", Ids(view.Instances));
        };
        _ = view.Instances;
        Publish("a", weight: 1);
        Assert.Equal("a", Ids(view.Instances));
    }

    [Fact]
    public void The_last_known_instances_may_stand_in_for_ever()
    {
        Publish("a");
        var view = _discovery.Open(new("shop") { WhenEmpty = WhenEmpty.LastKnown(TimeSpan.MaxValue) });
        _ = view.Instances;
        Publish("a", state: ServiceState.Draining);
        Assert.Equal("a", Ids(view.Instances));
    }

    [Fact]
    public void Reading_the_last_known_instances_costs_nothing()
    {
        Publish("a");
        var view = _discovery.Open(new("shop") { WhenEmpty = WhenEmpty.LastKnown(TimeSpan.FromSeconds(10)) });
        _ = view.Instances;
        Publish("a", state: ServiceState.Draining);
        Assert.Equal("a", Ids(view.Instances));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            _ = view.Instances;
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Another_service_stands_in_for_none()
    {
        Shop();
        Publish("f", "shop-lite");
        var view = _discovery.Open(new("shop") { Tag = "none", WhenEmpty = WhenEmpty.Use("shop-lite") });
        Assert.Equal("f", Ids(view.Instances));
        Publish("g", "shop-lite");
        Assert.Equal("f g", Ids(view.Instances));
        Publish("a", tags: ["none"]);
        Assert.Equal("a", Ids(view.Instances));
    }

    [Fact]
    public void Who_finds_nothing_is_told_why()
    {
        Shop();
        Publish("a", state: ServiceState.Draining);
        var error = Assert.Throws<NoInstancesException>(() => _discovery.Open(new("shop") { Version = VersionRange.Parse(">=9") }).Pick());
        Assert.Equal("shop", error.Service);
        Assert.Contains("no matching instance of 'shop' (4 known: 1 draining, 2 not of version >=9, 1 starting;", error.Message, StringComparison.Ordinal);
        Assert.Contains("members 1 alive", error.Message, StringComparison.Ordinal);
        Assert.Contains(NoInstancesException.Code, error.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'shop'?", Assert.Throws<NoInstancesException>(() => _discovery.Pick("shpo")).Message, StringComparison.Ordinal);
        Assert.Null(_discovery.TryPick("shpo"));
    }

    [Fact]
    public async Task Waiting_ends_with_enough_instances_or_says_why_not()
    {
        var wait = _discovery.WaitForAsync("shop", 2, TimeSpan.FromSeconds(30)).AsTask();
        Publish("a");
        Assert.False(wait.IsCompleted);
        Publish("b");
        Assert.Equal("a b", Ids(await wait.WaitAsync(Eventually.Deadline)));
        var late = _discovery.WaitForAsync("shop", 3, TimeSpan.FromSeconds(30)).AsTask();
        _time.Advance(TimeSpan.FromSeconds(31));
        var error = await Assert.ThrowsAsync<NoInstancesException>(() => late.WaitAsync(Eventually.Deadline));
        Assert.False(_discovery.WaitForAsync("shop", 3, Timeout.InfiniteTimeSpan).AsTask().IsCompleted);
        Assert.Contains("of 'shop' times 3 within 30 s (2 known", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _registry.Dispose();

    private static string Ids(IEnumerable<ServiceInstance> instances) => string.Join(' ', instances.Select(one => one.InstanceId));

    private void Shop()
    {
        ServiceEndpoint http = new("http", "http", "10.0.0.1", 80), https = new("https", "https", "10.0.0.1", 443), admin = new("admin", "http", "10.0.0.1", 81);
        var shop = new ServiceRecord { InstanceId = "a", Service = "shop", Version = "1.4.0", Endpoints = [http] };
        Publish(shop with { Region = "eu", Metadata = new Dictionary<string, string> { ["gpu"] = "1" } });
        Publish(shop with { InstanceId = "b", Environment = "Staging", Endpoints = [https, admin], Version = "1.5" });
        Publish(shop with { InstanceId = "c", Zone = "z2", Endpoints = [http, https], Version = "2.0.1", Tags = ["canary"] });
        Publish(shop with { InstanceId = "d", State = ServiceState.Starting });
    }

    private void Publish(string id, string service = "shop", ServiceState state = ServiceState.Ready, int weight = 100, string[]? tags = null) =>
        _registry.Publish(id, service, state, weight, tags);

    private void Publish(ServiceRecord record) => _registry.Publish(record);
}
