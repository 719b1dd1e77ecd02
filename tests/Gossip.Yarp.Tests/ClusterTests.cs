using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gossip.AspNetCore.Tests.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Tests;

/// <summary>What YARP is told of the registry.</summary>
public sealed class ClusterTests(ITestOutputHelper output)
{
    [Fact]
    public async Task An_operators_route_that_names_a_service_reaches_its_instances_as_soon_as_they_are_there()
    {
        await using var gateway = await Gateway.StartAsync();
        Assert.Equal("503", await gateway.GetAsync());
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync($"paid to {http.Request.Host}"));

        var start = Stopwatch.GetTimestamp();
        await using var payments = await gateway.RegisterAsync("Payments", "p1", server.Address.Port);
        var registered = Stopwatch.GetElapsedTime(start);
        await Eventually.HoldsAsync(async () => await gateway.GetAsync() == "paid to payments", "the first request that is answered");

        output.WriteLine($"from the call that registers to the first answer {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms, of which registering took {registered.TotalMilliseconds:0.0} ms");
    }

    [Fact]
    public async Task A_route_of_the_configuration_may_be_written_while_the_gateway_runs()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync($"paid at {http.Request.Path}"));
        await using var gateway = await Gateway.StartAsync(routes: []);
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port);
        Assert.Equal("404", await gateway.GetAsync("/pay/3"));

        var configuration = (IConfigurationRoot)gateway.App.App.Configuration;
        configuration["ReverseProxy:Routes:pay:ClusterId"] = "payments";
        configuration["ReverseProxy:Routes:pay:Match:Path"] = "/pay/{**rest}";
        configuration.Reload();

        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay/3") == "paid at /pay/3", "the route leads to the service");
    }

    [Fact]
    public async Task A_service_of_the_configuration_has_the_addresses_that_stand_there()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync(build: builder => builder.Configuration["Services:payments:http:0"] = $"{server.Address}");

        Assert.Equal("paid", await gateway.GetAsync());
        Assert.Equal("0", Assert.Single(gateway.Destinations("payments")).DestinationId);
    }

    [Fact]
    public async Task A_service_that_empties_answers_503_and_comes_back()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        for (var round = 0; round < 2; round++)
        {
            var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port);
            await gateway.HasAsync("payments", 1);
            Assert.Equal("paid", await gateway.GetAsync());

            await payments.DisposeAsync();
            await gateway.HasAsync("payments", 0);
            Assert.Empty(gateway.Destinations("payments"));
            Assert.Equal("503", await gateway.GetAsync());
        }
    }

    [Fact]
    public async Task A_destination_tells_what_its_instance_is_and_keeps_its_id_while_that_changes()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var payments = await gateway.RegisterAsync("payments", "p1", 5000, 7, record => record with { Zone = "east", Version = "2.1.0" });
        await gateway.HasAsync("payments", 1);
        var before = Assert.Single(gateway.Destinations("payments"));

        Assert.StartsWith("p1@", before.DestinationId, StringComparison.Ordinal);
        Assert.Equal(("http://127.0.0.1:5000/", "payments"), (before.Model.Config.Address, before.Model.Config.Host));
        var metadata = before.Model.Config.Metadata!;
        Assert.Equal(("east", "2.1.0", "7", "ready"), (metadata["zone"], metadata["version"], metadata["weight"], metadata["state"]));

        await payments.UpdateAsync(record => record with { Weight = 8, Endpoints = [record.Endpoints[0] with { Port = 5001 }] });
        await Eventually.HoldsAsync(() => before.Model.Config.Address == "http://127.0.0.1:5001/", "the same destination elsewhere");
        Assert.Equal("8", before.Model.Config.Metadata!["weight"]);
        Assert.Same(before, Assert.Single(gateway.Destinations("payments")));
    }

    [Fact]
    public async Task Instances_that_want_no_traffic_stay_known_and_get_none()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var payments = await gateway.RegisterAsync("payments", "p1", 5000);
        await gateway.HasAsync("payments", 1);
        var destination = Assert.Single(gateway.Destinations("payments"));
        foreach (var state in new[] { ServiceState.Unhealthy, ServiceState.Starting, ServiceState.Draining })
        {
            await payments.UpdateAsync(record => record with { State = state });
            await Eventually.HoldsAsync(() => destination.Model.Config.Metadata!["state"].Equals($"{state}", StringComparison.OrdinalIgnoreCase), $"it is {state}");
            await gateway.HasAsync("payments", 0);
            Assert.Equal("503", await gateway.GetAsync());
            Assert.Same(destination, Assert.Single(gateway.Destinations("payments")));
        }
    }

    [Fact]
    public async Task An_operator_shapes_what_a_cluster_is()
    {
        await using var gateway = await Gateway.StartAsync(
            options => options.AddCluster(
                "payments-v2",
                new ServiceQuery("payments") { Version = VersionRange.Parse("^2"), Zone = "east" },
                cluster => cluster with { LoadBalancingPolicy = "RoundRobin" }),
            ["/{**rest}=payments-v2"]);
        await using var one = await gateway.RegisterAsync("payments", "old", 5000, 100, record => record with { Version = "1.9.0", Zone = "east" });
        await using var two = await gateway.RegisterAsync("payments", "far", 5001, 100, record => record with { Version = "2.0.0", Zone = "west" });
        await using var three = await gateway.RegisterAsync("payments", "right", 5002, 100, record => record with { Version = "2.0.0", Zone = "east" });

        await gateway.HasAsync("payments-v2", 1);

        Assert.StartsWith("right@", Assert.Single(gateway.Destinations("payments-v2")).DestinationId, StringComparison.Ordinal);
        Assert.True(gateway.State.TryGetCluster("payments-v2", out var cluster));
        Assert.Equal(("RoundRobin", "Gossip"), (cluster.Model.Config.LoadBalancingPolicy, cluster.Model.Config.HealthCheck?.AvailableDestinationsPolicy));
    }

    [Fact]
    public async Task An_endpoint_is_taken_as_calls_by_name_take_it()
    {
        await using var gateway = await Gateway.StartAsync(routes: ["/{**rest}=payments", "/admin/{**rest}=_admin.payments"]);
        await using var payments = await gateway.RegisterAsync("payments", "p1", 1, 100, record => record with
        {
            Endpoints = [new("queue", "amqp", "127.0.0.1", 1), new("http", "http", "127.0.0.1", 2), new("https", "https", "pay.example.com", 3), new("admin", "http", "127.0.0.1", 4)],
        });
        await gateway.HasAsync("payments", 1);
        await gateway.HasAsync("_admin.payments", 1);

        var config = Assert.Single(gateway.Destinations("payments")).Model.Config;
        Assert.Equal(("https://pay.example.com:3/", null), (config.Address, config.Host));
        Assert.Equal("http://127.0.0.1:4/", Assert.Single(gateway.Destinations("_admin.payments")).Model.Config.Address);
    }

    [Fact]
    public async Task What_the_operator_defines_has_the_last_word_whoever_registers_under_that_name_and_whenever_it_comes()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("the operator's"));
        var own = new ClusterConfig
        {
            ClusterId = "legacy", Destinations = new Dictionary<string, DestinationConfig> { ["d1"] = new() { Address = server.Address.ToString() } },
        };
        await using var gateway = await Gateway.StartAsync(options => options.AddCluster("payments"), ["/old/{**rest}=legacy", "/{**rest}=payments"], clusters: [own]);
        await using var hostile = await gateway.RegisterAsync("LEGACY", "h1", 1);
        await using var payments = await gateway.RegisterAsync("payments", "p1", 1);
        await gateway.HasAsync("payments", 1);
        Assert.Equal("the operator's", await gateway.GetAsync("/old/1"));

        gateway.Operator.Update(Gateway.Routes("/{**rest}=payments"), [own with { ClusterId = "payments" }]);

        await Eventually.HoldsAsync(async () => await gateway.GetAsync("/pay") == "the operator's", "the operator's cluster has taken over");
        gateway.Operator.Update(Gateway.Routes("/{**rest}=legacy"), []);
        await Eventually.HoldsAsync(() => gateway.Destinations("legacy").Any(one => one.DestinationId.StartsWith("h1@", StringComparison.Ordinal)), "the registry's");
        Assert.Equal(["legacy", "payments"], gateway.State.GetClusters().Select(one => one.ClusterId).Order());
    }

    [Fact]
    public async Task Services_that_no_route_names_are_no_clusters_of_the_gateway()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var stranger = await gateway.RegisterAsync("stranger", "s1", 1);
        await using var payments = await gateway.RegisterAsync("payments", "p1", 1);
        await gateway.HasAsync("payments", 1);

        Assert.Equal(["payments"], gateway.State.GetClusters().Select(one => one.ClusterId));
    }

    [Fact]
    public async Task A_further_cluster_may_be_the_one_that_is_routed_to()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid in the west"));
        await using var gateway = await Gateway.StartAsync(
            options => options.Key = "west",
            build: builder =>
            {
                builder.Configuration["West:Cluster"] = $"west-{Guid.NewGuid():N}";
                builder.Configuration["West:Service:Register"] = "false";
                builder.Services.AddKeyedGossip("west", builder.Configuration.GetSection("West"), options => (options.Port, options.MachineDirectory) = (0, "none"));
            });
        await using var here = await gateway.RegisterAsync("payments", "p1", 1);
        var west = gateway.App.App.Services.GetRequiredKeyedService<IServiceRegistrar>("west");
        await using var there = await west.RegisterAsync(new ServiceRecord
        {
            InstanceId = "w1", Service = "payments", Endpoints = [new ServiceEndpoint("http", "http", "127.0.0.1", server.Address.Port)],
        });

        await gateway.HasAsync("payments", 1);

        Assert.Equal("paid in the west", await gateway.GetAsync());
    }

    [Fact]
    public async Task The_meter_tells_of_clusters_destinations_routes_and_updates()
    {
        await using var gateway = await Gateway.StartAsync(options => options.AllowPublishedRoutes("payments", "/pay"));
        var factory = gateway.App.App.Services.GetRequiredService<IMeterFactory>();
        var seen = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Name.StartsWith("gossip.gateway.", StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, factory))
                me.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen[$"{instrument.Name[15..]} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen.AddOrUpdate($"{instrument.Name[15..]} ", value, (_, before) => before + value));
        listener.Start();

        await using var one = await gateway.RegisterAsync("payments", "p1", 1, change: record => record with
        {
            Metadata = new Dictionary<string, string> { ["gossip.route"] = "/pay", ["gossip.route.2"] = "/elsewhere" },
        });
        await using var two = await gateway.RegisterAsync("payments", "p2", 2, change: record => record with { State = ServiceState.Unhealthy });
        await Eventually.HoldsAsync(() => gateway.Destinations("payments").Count == 2, "both are destinations");
        listener.RecordObservableInstruments();

        Assert.True(seen.TryRemove("updates ", out var updates) && updates > 0);
        Assert.Equal(
            ["clusters =1", "destinations ready=1", "destinations unhealthy=1", "routes refused=1", "routes used=1"],
            seen.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Beside_the_resolver_of_Microsofts_service_discovery_both_work()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var other = await WebServer.StartAsync(http => http.Response.WriteAsync("resolved"));
        var written = new ClusterConfig
        {
            ClusterId = "written", Destinations = new Dictionary<string, DestinationConfig> { ["d1"] = new() { Address = "http://catalog" } },
        };
        await using var gateway = await Gateway.StartAsync(
            routes: ["/pay=payments", "/catalog=written"],
            build: builder =>
            {
                builder.Configuration["Services:catalog:http:0"] = $"127.0.0.1:{other.Address.Port}";
                builder.Services.AddServiceDiscovery();
            },
            clusters: [written],
            proxy: yarp => yarp.AddServiceDiscoveryDestinationResolver());
        using var dead = await gateway.RegisterDeadAsync("payments", "dead");
        await using var payments = await gateway.RegisterAsync("payments", "good", server.Address.Port, 0);
        await gateway.HasAsync("payments", 2);

        Assert.Equal(("paid", "resolved"), (await gateway.GetAsync("/pay"), await gateway.GetAsync("/catalog")));
        Assert.All(gateway.Destinations("payments"), one => Assert.Contains('[', one.DestinationId));
    }

    [Fact]
    public void A_scheme_that_YARP_does_not_speak_is_refused_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new GossipGatewayOptions().AddCluster("queue", new ServiceQuery("queue") { Scheme = "amqp" }));

        Assert.Contains("'amqp' is no scheme that YARP speaks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_node_it_says_what_to_call()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddReverseProxy().LoadFromGossip();
        using var provider = services.BuildServiceProvider();

        var error = Assert.Throws<InvalidOperationException>(() => provider.GetServices<IProxyConfigProvider>().ToList());

        Assert.Contains("call builder.AddGossip() too", error.Message, StringComparison.Ordinal);
    }
}
