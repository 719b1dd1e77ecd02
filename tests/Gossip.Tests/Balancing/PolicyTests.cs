using Gossip.Balancing;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Balancing;

/// <summary>The configuration decides who chooses.</summary>
public sealed class PolicyTests
{
    [Fact]
    public void The_default_is_the_better_of_two() => Assert.IsType<PowerOfTwoChoices>(For(new GossipBalancingOptions()));

    [Fact]
    public void A_service_may_have_a_policy_of_its_own_and_names_are_compared_without_case()
    {
        var options = new GossipBalancingOptions { Policy = "Random", Policies = { ["orders"] = "ROUND-ROBIN" } };
        Assert.IsType<RoundRobin>(For(options, service: "Orders"));
        Assert.IsType<AtRandom>(For(options, service: "payments"));
    }

    [Fact]
    public void A_zone_brings_zone_first_unless_it_is_switched_off()
    {
        Assert.IsType<ZoneFirst>(For(new GossipBalancingOptions(), "z"));
        Assert.IsType<PowerOfTwoChoices>(For(new GossipBalancingOptions { ZoneFirst = false }, "z"));
        Assert.IsType<ZoneFirst>(For(new GossipBalancingOptions { SubsetSize = 3 }, "z"));
        Assert.IsType<Subset>(For(new GossipBalancingOptions { SubsetSize = 3 }));
    }

    [Fact]
    public async Task An_application_adds_a_selector_of_its_own_by_name()
    {
        await using var host = TestHost.Build(
            options => options.Balancing.AddPolicy("first", () => new First()),
            new Dictionary<string, string?> { ["Gossip:Balancing:Policies:orders"] = "first", ["Services:orders:0"] = "http://a", ["Services:orders:1"] = "http://b" });
        var discovery = host.Services.GetRequiredService<IServiceDiscovery>();
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal("0", discovery.Pick("orders").InstanceId));
    }

    private static IInstanceSelector For(GossipBalancingOptions options, string zone = "", string service = "orders") =>
        new NamedPolicies(options, zone, "me").For(service);

    private sealed class First : IInstanceSelector
    {
        public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call) => candidates[0];
    }
}
