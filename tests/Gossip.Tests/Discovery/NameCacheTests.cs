using System.Runtime.CompilerServices;
using Gossip.Balancing;
using Gossip.Discovery;
using Gossip.Http;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;
using Gossip.Tests.Balancing;
using Gossip.Tests.Http;
using Microsoft.Extensions.Configuration;

namespace Gossip.Tests.Discovery;

/// <summary>What is kept for names that others choose: entries are counted when 3,000 names have come and gone.</summary>
public sealed class NameCacheTests : IDisposable
{
    private const int Names = 3_000;

    private readonly TestRegistry _registry = new();

    [Fact]
    public void No_view_is_kept_of_services_that_are_gone()
    {
        _registry.Publish("always", "always");
        _ = _registry.Discovery.Pick("always");
        for (var i = 0; i < Names; i++)
        {
            _registry.Publish("one", $"service-{i}");
            Assert.Equal("one", _registry.Discovery.Pick($"service-{i}").InstanceId);
            _registry.Remove("one");
        }

        Assert.InRange(_registry.Discovery.ViewsKept, 1, NameCache<string, ServiceView>.Few + 1);
    }

    [Fact]
    public async Task No_way_is_kept_to_services_that_are_gone_and_those_that_come_later_are_kept_as_ever()
    {
        using var client = new HttpClient(new GossipHttpHandler(_registry.Discovery) { InnerHandler = new StubServer() });
        for (var i = 0; i < Names; i++)
        {
            Publish($"service-{i}");
            (await client.GetAsync($"http://service-{i}/")).Dispose();
            _registry.Remove("one");
        }

        var routes = Routes.Of(_registry.Discovery);
        Assert.InRange(routes.Kept, 0, NameCache<string, ServiceRoute>.Few + 1);
        Publish("later");
        Assert.Same(routes.Find(new Uri("http://later/")), routes.Find(new Uri("http://later/")));
    }

    [Fact]
    public void No_selector_is_kept_for_zones_that_are_gone()
    {
        var fleet = new Fleet(0);
        var zones = new ZoneFirst("a", InstanceSelectors.RoundRobin);
        for (var i = 0; i < Names; i++)
            Assert.NotNull(zones.Select([fleet.Make(1, zone: "a"), fleet.Make(2, zone: $"zone-{i}")], default));
        Assert.Equal(2, zones.ZonesKept);
    }

    [Fact]
    public void No_load_is_kept_of_members_that_are_gone()
    {
        var board = new MemberLoads();
        for (var i = 1UL; i <= Names; i++)
        {
            board.Write(new LoadChange(new MemberId(i), new Gossip.Protocol.Load(1, 0, 0), Instant.Start));
            board.Forget(id => id.Value == i + 1);
        }

        Assert.Equal(0, board.Count);
    }

    [Fact]
    public void No_complaint_is_kept_of_addresses_that_are_gone_and_one_that_comes_again_is_told_again()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        using var services = new StaticServices(configuration, new SnapshotFeed(), _registry.Log.CreateLogger(""));
        for (var i = 0; i < Names; i++)
        {
            configuration["Services:payments:http:0"] = $"no address {i % 100}";
            configuration.Reload();
            configuration.Reload();
        }

        Assert.Equal(1, services.ComplaintsKept);
        Assert.Equal(Names, _registry.Log.Warnings.Count());
    }

    [Fact]
    public void A_name_that_means_something_stays_whatever_else_comes_and_goes()
    {
        var alive = new HashSet<int> { -1 };
        var cache = new NameCache<int, string>(alive.Contains);
        cache.Keep(-1, "first");
        for (var i = 0; i < Names; i++)
        {
            alive.Add(i);
            cache.Keep(i, "one");
            alive.Remove(i);
        }

        Assert.True(cache.TryGet(-1, out var kept));
        Assert.Equal("first", kept);
        Assert.Equal("first", cache.Keep(-1, "second"));
    }

    [Fact]
    public void A_view_that_nobody_reads_holds_no_snapshot_of_long_ago()
    {
        _registry.Publish("a");
        var view = _registry.Discovery.Open(new ServiceQuery("shop") { Tag = "none" });
        var before = ReadOnce(view);
        _registry.Publish("b");
        GC.Collect();
        Assert.False(before.TryGetTarget(out _));
        Assert.Empty(view.Instances);
    }

    [Fact]
    public void More_names_than_anybody_calls_are_not_kept_though_they_are_alive()
    {
        var cache = new NameCache<int, string>(_ => true);
        for (var i = 0; i < NameCache<int, string>.Most + 2; i++)
            cache.Keep(i, "one");
        Assert.InRange(cache.Count, 1, NameCache<int, string>.Most + 1);
    }

    public void Dispose() => _registry.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference<ServiceSnapshot> ReadOnce(ServiceView view)
    {
        Assert.Empty(view.Instances);
        return new(_registry.Discovery.Current);
    }

    private void Publish(string service) =>
        _registry.Publish(new ServiceRecord { InstanceId = "one", Service = service, Endpoints = [new ServiceEndpoint("http", "http", "10.0.0.1", 80)] });
}
