using Gossip.Discovery;
using Gossip.Snapshots;
using Microsoft.Extensions.Configuration;

namespace Gossip.Tests.Discovery;

public sealed class StaticServicesTests
{
    private readonly TestLog _log = new();
    private readonly SnapshotFeed _feed = new();

    [Theory]
    [InlineData("Services:payments:https:0=https://localhost:7001", "0 https=https://localhost:7001")]
    [InlineData("services:PAYMENTS:HTTPS:0=https://localhost:7001", "0 https=https://localhost:7001")]
    [InlineData("Services:payments:https:0=https://localhost:7001 Services:payments:http:0=http://localhost:5001", "0 http=http://localhost:5001 https=https://localhost:7001")]
    [InlineData("Services:payments:grpc:0=http://localhost:5001", "0 grpc=http://localhost:5001")]
    [InlineData("Services:payments:http:0=http://a:1 Services:payments:http:1=http://b:2", "0 http=http://a:1; 1 http=http://b:2")]
    [InlineData("Services:payments:http:10=http://b:2 Services:payments:http:9=http://a:1", "9 http=http://a:1; 10 http=http://b:2")]
    [InlineData("Services:payments:0=http://a:1 Services:payments:1=https://b:2", "0 http=http://a:1; 1 https=https://b:2")]
    [InlineData("Services:payments:grpc=http://a:1", "0 grpc=http://a:1")]
    [InlineData("Services:payments=http://a:1", "0 http=http://a:1")]
    [InlineData("Services:payments:https:0=10.0.0.5:7001", "0 https=https://10.0.0.5:7001")]
    [InlineData("Services:payments:https:0=payments.example", "0 https=https://payments.example:443")]
    [InlineData("Services:payments:http:0=http://[::1]:80/base/path?query", "0 http=http://[::1]:80")]
    [InlineData("Services:payments:http:0=", "")]
    public void Addresses_are_read_as_Aspire_and_people_write_them(string configuration, string expected)
    {
        using var services = Read(configuration);

        Assert.Equal(expected, string.Join("; ", (services.Find("payments") ?? []).Select(Words)));
        Assert.Empty(_log.Warnings);
    }

    [Theory]
    [InlineData("Services:payments:https:0=seven:eleven", "payments:https:0", "'seven:eleven'", "https://10.0.0.5:7001")]
    [InlineData("Services:payments:grpc:0=localhost:5001", "payments:grpc:0", "'localhost:5001'", "https://10.0.0.5:7001")]
    [InlineData("Services:payments:http:0=http://*:80", "payments:http:0", "'http://*:80'", "https://10.0.0.5:7001")]
    [InlineData("Services:payments:http:timeout=30", "payments:http:timeout", "a number", "payments:http:0")]
    public void What_is_no_address_is_passed_over_and_told_with_its_remedy(string configuration, string key, string value, string remedy)
    {
        using var services = Read(configuration + " Services:payments:http:7=http://a:1");

        Assert.Equal("7 http=http://a:1", Words(Assert.Single(services.Find("payments")!)));
        var warning = Assert.Single(_log.Warnings);
        Assert.Contains(key, warning, StringComparison.Ordinal);
        Assert.Contains(value, warning, StringComparison.Ordinal);
        Assert.Contains(remedy, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_no_address_can_carry_is_told_of_and_kept()
    {
        using var services = Read("Services:user@host:http:0=http://a:1");

        Assert.Single(services.Find("user@host")!);
        Assert.StartsWith("Services:user@host has addresses, but HttpClient cannot call 'user@host' by that name: a URI takes it for 'host'", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_is_told_once_however_often_the_configuration_is_loaded()
    {
        var configuration = Configuration("Services:payments:http:0=non:sense");
        using var services = Follow(configuration);

        configuration.Reload();
        configuration.Reload();

        Assert.Single(_log.Warnings);
    }

    [Fact]
    public async Task A_reload_is_seen_at_the_next_read_and_wakes_who_watches_and_waits()
    {
        var configuration = Configuration("Services:payments:http:0=http://a:1");
        using var services = Follow(configuration);
        var discovery = new ServiceDiscovery(new Sources(_feed, services, TimeProvider.System), _ => InstanceSelectors.RoundRobin());
        var view = discovery.Open(new ServiceQuery("payments"));
        var before = Assert.Single(view.Instances);
        var token = view.GetChangeToken();
        var fired = new TaskCompletionSource();
        using var registration = token.RegisterChangeCallback(_ => fired.TrySetResult(), null);
        var waiting = discovery.WaitForAsync("payments", 2, Eventually.Patience());
        await using var watch = view.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());

        configuration["Services:payments:http:1"] = "http://b:2";
        configuration.Reload();

        Assert.Equal(2, view.Instances.Count);
        Assert.Same(before, view.Instances[0]);
        Assert.Equal(2, (await waiting).Count);
        await fired.Task.WaitAsync(Eventually.Patience());
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal("1 http=http://b:2", Words(watch.Current[1]));
    }

    [Fact]
    public void A_reload_that_changes_nothing_changes_no_instance()
    {
        var configuration = Configuration("Services:payments:http:0=http://a:1");
        using var services = Follow(configuration);
        var before = services.Find("payments");

        configuration.Reload();

        Assert.Same(before, services.Find("payments"));
    }

    [Fact]
    public void A_service_that_is_taken_out_is_looked_for_in_the_cluster_again()
    {
        var configuration = Configuration("Services:payments:http:0=http://a:1");
        using var services = Follow(configuration);

        configuration["Services:payments:http:0"] = null;
        configuration.Reload();

        Assert.Null(services.Find("payments"));
    }

    private static string Words(ServiceInstance instance) =>
        $"{instance.InstanceId} {string.Join(' ', instance.Endpoints.Select(endpoint => $"{endpoint.Name}={endpoint}"))}";

    private static IConfigurationRoot Configuration(string pairs) => new ConfigurationBuilder()
        .AddInMemoryCollection(pairs.Split(' ').Select(pair => new KeyValuePair<string, string?>(pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..])))
        .Build();

    private StaticServices Read(string pairs) => Follow(Configuration(pairs));

    private StaticServices Follow(IConfiguration configuration) => new(configuration, _feed, _log.CreateLogger("Gossip"));
}
