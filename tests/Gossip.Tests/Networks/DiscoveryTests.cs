using Xunit.Abstractions;

namespace Gossip.Tests.Networks;

/// <summary>How hosts that were told of nobody, or of one that may not be there yet, find each other.</summary>
[Collection(nameof(LanCollection))]
public sealed class DiscoveryTests(ITestOutputHelper output)
{
    private const string NoSeed = "Seeds:0=localhost";

    [PeerFact("netns", "nft")]
    public async Task Three_hosts_that_share_a_key_and_nothing_else_find_each_other_by_multicast()
    {
        await using var lan = await Lan.StartAsync(3);
        var start = TimeProvider.System.GetTimestamp();
        await lan.StartAllAsync(NoSeed, "UseMdns=true");
        output.WriteLine($"three agree after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F2} s, the start of three processes included");
    }

    [PeerFact("netns", "nft")]
    public async Task Three_hosts_whose_firewalls_take_no_multicast_need_one_seed_which_may_come_last()
    {
        await using var lan = await Lan.StartAsync(3);
        foreach (var host in lan.Hosts)
            await host.FilterAsync("input", "ip daddr 224.0.0.0/4 drop");
        foreach (var host in lan.Hosts.Reverse())
            lan.Start(host, "UseMdns=true");
        await Lan.AgreeAsync(lan.Nodes);
    }
}
