using Gossip.AspNetCore.Tests.Http;
using Gossip.Yarp.Published;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Tests;

/// <summary>Routes that services publish of themselves.</summary>
public sealed class PublishedRouteTests
{
    [Fact]
    public async Task A_service_publishes_routes_below_what_the_operator_allows_and_nowhere_else()
    {
        await using var gateway = await StartAsync(options => options.AllowPublishedRoutes("payments", "/pay"));
        await using var payments = await RegisterAsync(gateway, "payments", ("gossip.route", "/pay/{**rest};strip=/pay"), ("gossip.route.2", "/admin/{**rest}"));
        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay/3") == "payments /3", "the route is there");

        Assert.Equal("404", await gateway.GetAsync("/admin/3"));
        Assert.Equal("404", await gateway.GetAsync("/payment"));
        var finding = Assert.Single(await FindAsync(gateway), one => one.Code == "route-refused");
        Assert.Contains("'/admin/{**rest}', which is not used: the gateway does not allow that path to that service", finding.What, StringComparison.Ordinal);

        await payments.UpdateAsync(record => record with { Metadata = new Dictionary<string, string> { ["gossip.route"] = "/PAY/now" } });
        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay/now") == "payments /pay/now", "the other route is there");
        Assert.Equal("404", await gateway.GetAsync("/pay/3"));
        Assert.DoesNotContain(await FindAsync(gateway), one => one.Code == "route-refused");
    }

    [Fact]
    public async Task A_route_answers_503_while_the_service_drains_and_is_gone_with_its_last_instance()
    {
        await using var gateway = await StartAsync(options => options.AllowPublishedRoutes("payments", "/pay"));
        var payments = await RegisterAsync(gateway, "payments", ("gossip.route", "/pay/{**rest}"));
        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay/3") == "payments /pay/3", "the route is there");

        await payments.DrainAsync();
        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay/3") == "503", "nobody takes requests");
        await payments.DisposeAsync();
        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay/3") == "404", "the route is gone");
        Assert.Empty(gateway.State.GetClusters());
    }

    [Fact]
    public async Task Without_a_permission_nothing_is_published()
    {
        await using var gateway = await StartAsync(_ => { });
        await using var payments = await RegisterAsync(gateway, "payments", ("gossip.route", "/pay/{**rest}"));
        await gateway.App.SeesAsync("payments", one => one.State == ServiceState.Ready);

        Assert.Equal("404", await gateway.GetAsync("/pay/3"));
        Assert.DoesNotContain(gateway.State.GetRoutes(), one => one.Config.RouteId.StartsWith("gossip:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_two_that_publish_the_same_the_one_wins_that_was_allowed_first_and_else_the_first_by_name()
    {
        await using var gateway = await StartAsync(options => options
            .AllowPublishedRoutes("zebra", "/shop")
            .AllowPublishedRoutes(_ => true, "/shop", "/all"));
        await using var ape = await RegisterAsync(gateway, "ape", ("gossip.route", "/shop/{item}"), ("gossip.route.b", "/all/{**x}"));
        await using var bear = await RegisterAsync(gateway, "bear", ("gossip.route", "/all/{**rest};order=0"));
        await using var zebra = await RegisterAsync(gateway, "zebra", ("gossip.route", "/Shop/{id}"));

        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/shop/3") == "zebra /shop/3" && await gateway.GetAsync("/all/3") == "ape /all/3", "each has its winner");

        Assert.Equal(
            ["'ape' publishes the route '/shop/{item}', which is not used: 'zebra' publishes the same, as '/Shop/{id}'.",
             "'bear' publishes the route '/all/{**rest};order=0', which is not used: 'ape' publishes the same, as '/all/{**x}'."],
            (await FindAsync(gateway)).Where(one => one.Code == "route-refused").Select(one => one.What).Order());
    }

    [Fact]
    public async Task A_hostile_record_takes_no_path_of_another_and_breaks_no_route()
    {
        await using var own = await WebServer.StartAsync(http => http.Response.WriteAsync("the operator's"));
        await using var gateway = await StartAsync(
            options => options.AllowPublishedRoutes(_ => true, "/{service}"),
            map: app => app.MapGet("/hello", () => "the gateway's"),
            routes: ["/evil/kept/{**rest}=legacy"],
            clusters: [Cluster("legacy", own.Address), Cluster("secret", own.Address)]);
        await using var payments = await RegisterAsync(gateway, "payments", ("gossip.route", "/payments/{**rest}"));
        await using var evil = await RegisterAsync(gateway, "evil", [
            .. new[]
            {
                "/{**rest}", "/payments/{**rest}", "/evil/{id:nosuch}", "/evil/{id:regex(^(a+)+$)}", "/evil/../payments", "/evil/{a}/{a}", "/evil/{**a}/b", "/evil/%2e%2e/x", "no path",
                "/evil/{a}-{b}", "/evil/x;host=a b", "/evil/x;order=-1", "/evil/x;strip=/payments", "/evil/kept/{**rest}",
            }.Select((text, i) => ($"gossip.route.{i}", text)),
        ]);
        await using var asSecret = await RegisterAsync(gateway, "secret", ("gossip.route", "/secret/{**rest}"));
        await using var asEndpoint = await RegisterAsync(gateway, "_admin.payments", ("gossip.route", "/_admin.payments/{**rest}"));
        await using var hello = await RegisterAsync(gateway, "hello", ("gossip.route", "/hello"));

        await Eventually.HoldsAsync(() => gateway.State.GetRoutes().Count(one => one.Config.RouteId.StartsWith("gossip:", StringComparison.Ordinal)) == 3, "what is good is there");

        Assert.Equal("payments /payments/3", await gateway.GetAsync("/payments/3"));
        Assert.Equal("the gateway's", await gateway.GetAsync("/hello"));
        Assert.Equal("the operator's", await gateway.GetAsync("/evil/kept/3"));
        Assert.Equal("404", await gateway.GetAsync("/evil/other"));
        Assert.Equal("404", await gateway.GetAsync("/secret/3"));
        Assert.Equal("404", await gateway.GetAsync("/_admin.payments/3"));
        Assert.Equal(15, (await FindAsync(gateway)).Count(one => one.Code == "route-refused"));
    }

    [Fact]
    public void However_many_routes_are_published_so_many_are_used()
    {
        var log = new CountingLogger();
        var instances = from service in Enumerable.Range(0, 80)
                        let metadata = Enumerable.Range(0, 20).ToDictionary(i => $"gossip.route.{i}", i => $"/s{service}/{i:00}")
                        select ServiceInstance.Create(new ServiceRecord { InstanceId = "i1", Service = $"s{service}", Metadata = metadata }, "node-1");
        var routes = new PublishedRoutes(
            new GossipGatewayOptions().AllowPublishedRoutes(_ => true, "/{service}"), new OneSnapshot(ServiceSnapshot.Create(instances)), log);

        routes.Read([], []);

        Assert.Equal((1_000, 80 * 16 - 1_000), (routes.Routes.Count, routes.Refused));
        Assert.Equal(256, log.Count);
        Assert.Equal(21, routes.Find().Count());
        Assert.False(routes.IsOutdated);
    }

    [Theory]
    [InlineData("/", null)]
    [InlineData("/pay", null)]
    [InlineData("/pay/{id}/items/{**rest}; host=*.shop.example.com; order=7; strip=/pay", null)]
    [InlineData("pay", "its path does not begin with '/'")]
    [InlineData("/pay/", "segment 2 of its path is none of 'literal', '{name}' and '{**name}'")]
    [InlineData("//pay", "segment 1 of its path is none of 'literal', '{name}' and '{**name}'")]
    [InlineData("/pay\n", "segment 1 of its path is none of 'literal', '{name}' and '{**name}'")]
    [InlineData("/{id?}", "segment 1 of its path is none of 'literal', '{name}' and '{**name}'")]
    [InlineData("/pay/{**rest}/x", "only its last segment may take the rest of the path")]
    [InlineData("/{a}/{A}", "two of its parameters have the same name")]
    [InlineData("/pay;", "behind ';' stands none of 'host=', 'order=' and 'strip='")]
    [InlineData("/pay;policy=none", "behind ';' stands none of 'host=', 'order=' and 'strip='")]
    [InlineData("/pay;host=a:b", "its host is no name such as shop.example.com or *.example.com")]
    [InlineData("/pay;order=101", "its order is no number from 0 to 100")]
    [InlineData("/{id}/x;strip=/{id}", "what it strips is not what its path begins with, in whole segments that are no parameters")]
    [InlineData("/pay/x;strip=/pa", "what it strips is not what its path begins with, in whole segments that are no parameters")]
    [InlineData("/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", "its path has 17 segments, of which 16 are allowed")]
    public void A_route_is_read_as_its_grammar_says(string text, string? problem) =>
        Assert.Equal(problem, PublishedRoute.Read("payments", text, out _));

    [Fact]
    public void A_route_that_is_too_long_is_refused() =>
        Assert.Equal("it has 257 letters, of which 256 are allowed", PublishedRoute.Read("payments", "/" + new string('a', 256), out _));

    [Theory]
    [InlineData("pay", "'pay' is no path: let it begin with '/', as \"/pay\".")]
    [InlineData("/{id}/x", "'{id}' in '/{id}/x' is no segment of a path for this")]
    public void A_permission_that_is_no_path_is_refused_at_once(string prefix, string problem) =>
        Assert.Contains(problem, Assert.Throws<ArgumentException>(() => new GossipGatewayOptions().AllowPublishedRoutes("payments", prefix)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_permission_without_a_path_is_refused_at_once() =>
        Assert.Throws<ArgumentException>(() => new GossipGatewayOptions().AllowPublishedRoutes("payments"));

    private static Task<Gateway> StartAsync(
        Action<GossipGatewayOptions> configure, Action<WebApplication>? map = null, string[]? routes = null, ClusterConfig[]? clusters = null) =>
        Gateway.StartAsync(configure, routes ?? [], map: map, clusters: clusters);

    private static ClusterConfig Cluster(string id, Uri address) => new()
    {
        ClusterId = id, Destinations = new Dictionary<string, DestinationConfig> { ["d1"] = new() { Address = address.ToString() } },
    };

    /// <summary>An instance that answers with its service and the path that it is asked for.</summary>
    private static async Task<IServiceRegistration> RegisterAsync(Gateway gateway, string service, params (string Key, string Value)[] metadata)
    {
        var server = await WebServer.StartAsync(http => http.Response.WriteAsync($"{service} {http.Request.Path}"));
        return await gateway.RegisterAsync(service, service, server.Address.Port, 100, record => record with { Metadata = metadata.ToDictionary(pair => pair.Key, pair => pair.Value) });
    }

    private static async Task<IReadOnlyList<GossipFinding>> FindAsync(Gateway gateway) =>
        (await gateway.App.App.Services.GetRequiredService<IGossipDoctor>().ExamineAsync()).Findings;

    private sealed class CountingLogger : ILogger
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Count++;
    }

    /// <summary>What no node publishes.</summary>
    private sealed class OneSnapshot(ServiceSnapshot snapshot) : IServiceDiscovery
    {
        public ServiceSnapshot Current => snapshot;

        public IReadOnlyList<ServiceInstance> GetInstances(string service) => snapshot.GetInstances(service);

        public ServiceInstance Pick(string service, CallContext call = default) => throw new NotSupportedException();

        public ServiceInstance? TryPick(string service, CallContext call = default) => null;

        public IServiceView Open(ServiceQuery query, IInstanceSelector? selector = null) => throw new NotSupportedException();

        public IAsyncEnumerable<ServiceSnapshot> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<ServiceSnapshot> WatchAsync(string prefix, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IChangeToken GetChangeToken() => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(string service, int atLeast = 1, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
            string service, int atLeast, TimeSpan timeout, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
