namespace Gossip.Tests.Hosting;

/// <summary>A name that no address can carry is registered all the same, and is warned of once.</summary>
public sealed class NameWarningTests
{
    [Fact]
    public async Task The_own_service_is_warned_of_when_it_is_registered()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a", options =>
        {
            options.Service.Name = "123";
            options.Service.Endpoints = ["http://*:1"];
        });

        Assert.Single(host.Discovery.GetInstances("123"));
        var warning = Assert.Single(WarningsOf(host));
        Assert.StartsWith("'123' is registered, but HttpClient cannot call it by that name: a URI takes it for '0.0.0.123'", warning, StringComparison.Ordinal);
        Assert.Contains("Gossip:Service:Name", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_application_registers_is_warned_of_once_however_many_instances_there_are()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");

        foreach (var id in new[] { "1", "2", "3" })
            await host.Registrar.RegisterAsync(Record(id, "user@host"));
        await host.Registrar.RegisterAsync(Record("4", "заказы"));
        Assert.Contains("takes it for 'host'", Assert.Single(WarningsOf(host)), StringComparison.Ordinal);

        var other = await host.Registrar.RegisterAsync(Record("5", "payments"));
        await other.UpdateAsync(record => record with { Weight = 7 });
        Assert.Single(WarningsOf(host));
        await other.UpdateAsync(record => record with { Service = "localhost" });
        await other.UpdateAsync(record => record with { Weight = 8 });

        Assert.Equal(3, host.Discovery.GetInstances("user@host").Count);
        Assert.Contains("'localhost' is registered", Assert.Single(WarningsOf(host).Skip(1)), StringComparison.Ordinal);
    }

    private static IEnumerable<string> WarningsOf(TestHost host) =>
        host.Log.Warnings.Where(text => text.Contains("HttpClient cannot call", StringComparison.Ordinal));

    private static ServiceRecord Record(string id, string service) => new() { InstanceId = id, Service = service };
}
