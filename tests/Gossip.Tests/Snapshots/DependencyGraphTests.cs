using Gossip.Snapshots;
using Gossip.Tests.Discovery;

namespace Gossip.Tests.Snapshots;

public sealed class DependencyGraphTests
{
    [Fact]
    public async Task It_tells_who_needs_whom_what_is_missing_and_what_goes_in_circles()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        await RegisterAsync(host, "gateway", "ORDERS");
        await RegisterAsync(host, "orders", "payments", "stock");
        await RegisterAsync(host, "payments", "ledger");
        await RegisterAsync(host, "ledger", "orders");
        await RegisterAsync(host, "mirror", "mirror");

        var graph = DependencyGraph.Of(host.Discovery.Current);

        Assert.Equal(["payments", "stock"], graph.NeedsOf("Orders"));
        Assert.Equal(["stock"], graph.Missing());
        Assert.Equal(["ledger,orders,payments", "mirror"], graph.Cycles().Select(cycle => string.Join(',', cycle)).Order());
        Assert.Equal(["gateway", "ledger"], host.Discovery.Current.GetDependents("orders"));
        Assert.Equal(["orders"], host.Discovery.Current.GetDependents("stock"));
        Assert.Empty(host.Discovery.Current.GetDependents("gateway"));
        Assert.Empty(graph.NeedsOf("nobody"));
    }

    [Fact]
    public async Task What_one_instance_needs_the_service_needs()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        await host.Registrar.RegisterAsync(Record("orders", "payments"));
        await host.Registrar.RegisterAsync(Record("orders", "stock") with { InstanceId = "orders-2" });
        Assert.Equal(["payments", "stock"], DependencyGraph.Of(host.Discovery.Current).NeedsOf("orders"));
    }

    [Fact]
    public void A_chain_of_a_thousand_services_is_no_burden()
    {
        using var registry = new TestRegistry();
        registry.Publish([.. Enumerable.Range(0, 1000).Select(i => Record($"s{i}", $"s{i + 1}"))]);
        var graph = DependencyGraph.Of(registry.Discovery.Current);
        Assert.Empty(graph.Cycles());
        Assert.Equal(["s1000"], graph.Missing());
    }

    private static ValueTask<IServiceRegistration> RegisterAsync(TestHost host, string service, params string[] needs) =>
        host.Registrar.RegisterAsync(Record(service, needs));

    private static ServiceRecord Record(string service, params string[] needs) => new() { InstanceId = service, Service = service, DependsOn = needs };
}
