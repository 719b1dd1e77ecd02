using Gossip.Tests.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Hosting;

/// <summary>A process that takes part in two clusters.</summary>
public sealed class KeyedClusterTests
{
    private static readonly IConfiguration Nothing = new ConfigurationBuilder().Build();

    [Fact]
    public async Task Each_cluster_has_a_node_options_services_and_a_life_of_its_own()
    {
        await using var east = new TestCluster();
        await using var west = new TestCluster();
        var western = await west.StartOneAsync("western");
        await western.Registrar.RegisterAsync(TestCluster.Payments());
        var host = await east.StartOneAsync("both", null, services => services.AddKeyedGossip("west", Nothing, options =>
        {
            west.Configure(options, "both-west");
            options.Service.Endpoints = ["http://*:1"];
        }));
        var discovery = host.Services.GetRequiredKeyedService<IServiceDiscovery>("west");

        Assert.Single(await discovery.WaitForAsync("payments", 1, Eventually.Patience()));
        Assert.Empty(host.Discovery.Current.Services);
        Assert.Equal("both-west", host.Services.GetRequiredKeyedService<IServiceRegistrar>("west").Own!.Record.InstanceId);
        Assert.Null(host.Registrar.Own);
        Assert.NotNull(await host.Services.GetRequiredKeyedService<IGossipDoctor>("west").ExamineAsync());
        Assert.Same(host.Discovery, host.Services.GetRequiredService<IServiceDiscovery>());

        await western.SeesLiveAsync("western", "both-west");
        await host.StopAsync();
        await western.SeesStateAsync("both-west", MemberState.Left);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_calls_the_services_of_the_cluster_that_it_was_told(bool keyedFirst)
    {
        await using var east = new TestCluster();
        await using var west = new TestCluster();
        var server = new StubServer();
        var host = await east.StartOneAsync("both", null, services =>
        {
            services.AddKeyedGossip("west", Nothing, options => west.Configure(options, "both-west"));
            var client = services.AddHttpClient("western").ConfigurePrimaryHttpMessageHandler(() => server);
            if (keyedFirst)
                client.AddKeyedGossipDiscovery("west");
            services.ConfigureHttpClientDefaults(any => any.AddGossipDiscovery(request => "any"));
            if (!keyedFirst)
                client.AddKeyedGossipDiscovery("west");
            services.AddHttpClient("eastern").ConfigurePrimaryHttpMessageHandler(() => server);
        });
        var clients = host.Services.GetRequiredService<IHttpClientFactory>();
        await host.Services.GetRequiredKeyedService<IServiceRegistrar>("west").RegisterAsync(TestCluster.Payments());

        using var response = await clients.CreateClient("western").GetAsync("http://payments/");

        Assert.Equal(["http://127.0.0.1:5001/ payments"], server.Arrived);
        await Assert.ThrowsAsync<NoInstancesException>(() => clients.CreateClient("eastern").GetAsync("http://payments/"));
    }

    [Fact]
    public async Task A_client_of_a_cluster_that_is_not_there_says_what_to_call()
    {
        var services = new ServiceCollection();
        services.AddHttpClient("named").AddKeyedGossipDiscovery("west");
        await using var provider = services.BuildServiceProvider();

        var error = Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("named"));

        Assert.Contains("AddKeyedGossip(\"west\", section)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keyed_cluster_needs_no_other()
    {
        await using var cluster = new TestCluster();
        var services = new ServiceCollection();
        services.AddKeyedGossip("only", Nothing, options => cluster.Configure(options, "a"));
        Assert.DoesNotContain(services, service => service.ServiceType == typeof(IServiceDiscovery) && service.ServiceKey is null);
        Assert.Throws<ArgumentException>(() => services.AddKeyedGossip("", Nothing));
    }

    [Fact]
    public async Task A_mistake_is_told_with_the_place_where_it_stands()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("West:Port", "-1"), new("West:Service:Weigth", "1")]).Build();
        await using var host = TestHost.Build(services: services => services.AddKeyedGossip("west", configuration.GetSection("West")));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal("west", error.OptionsName);
        Assert.StartsWith("West:Service:Weigth is not a setting. Did you mean West:Service:Weight?", error.Failures.First(), StringComparison.Ordinal);
        Assert.StartsWith("West:Port is '-1'; it must be 1 to 65535", error.Failures.Last(), StringComparison.Ordinal);
    }
}
