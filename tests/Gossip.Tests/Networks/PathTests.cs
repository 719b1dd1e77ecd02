namespace Gossip.Tests.Networks;

/// <summary>Cables that carry little, and sockets that the system does not let send.</summary>
[Collection(nameof(LanCollection))]
public sealed class PathTests
{
    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Over_cables_of_1280_bytes_every_datagram_passes()
    {
        await using var lan = await Lan.StartAsync(3, mtu: 1280);
        await lan.StartAllAsync(LanNode.Patient, Lengthy);
        foreach (var node in lan.Nodes)
            Assert.Equal(0, (await node.ViewAsync()).Counters["TooLarge"]);
    }

    [PeerFact("netns", "nft")]
    public async Task Over_cables_of_576_bytes_what_is_too_large_for_them_goes_by_stream()
    {
        await using var lan = await Lan.StartAsync(3, mtu: 576);
        await lan.StartAllAsync(LanNode.Patient, Lengthy);
        await Lan.CalmAsync(lan.Nodes);
        var tooLarge = 0L;
        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.True(view.Counters["SendErrors"] == 0, $"{node.Name}:\n{LanNode.Describe(view)}");
            tooLarge += view.Counters["TooLarge"];
        }

        Assert.True(tooLarge > 0, "nothing was too large");
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Where_large_packets_vanish_without_a_word_they_agree_all_the_same()
    {
        await using var lan = await Lan.StartAsync(3);
        foreach (var host in lan.Hosts)
            await host.FilterAsync("input", "iifname eth0 meta l4proto udp meta length > 576 drop");
        await lan.StartAllAsync(LanNode.Patient, Lengthy);
    }

    [PeerFact("netns", "nft")]
    public async Task What_the_system_does_not_let_out_is_counted_and_forgotten()
    {
        await using var lan = await Lan.StartAsync(3);
        await lan.StartAllAsync();
        var cut = lan.Nodes[1];

        // The firewall says no (EPERM), then the cable is unplugged (ENETUNREACH).
        await cut.Host.FilterAsync("output", "oifname eth0 drop");
        await FailsToSendAsync(cut);
        await cut.Host.IpAsync("link set eth0 down");
        await FailsToSendAsync(cut);

        await cut.Host.IpAsync("link set eth0 up");
        await cut.Host.OpenAsync();
        await Lan.AgreeAsync(lan.Nodes);
        Assert.Equal(0, (await cut.ViewAsync()).Counters["LoopFailures"]);
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task A_full_send_buffer_loses_packets_and_nothing_else()
    {
        await using var lan = await Lan.StartAsync(2);
        await using var crowd = ChildProcess.Start("ip", ["netns", "exec", lan.Hosts[0].Namespace, .. ChildProcess.Peer, "crowd", "10.77.0.99", "10.77.0.2"]);
        await crowd.LineAsync(line => line == "full");
        await crowd.LineAsync(line => line == "free");
    }

    /// <summary>Metadata that takes most of a datagram.</summary>
    private static string Lengthy { get; } = $"Service:Metadata:note={new string('x', 1000)}";

    private static async Task FailsToSendAsync(LanNode node)
    {
        var before = (await node.ViewAsync()).Counters["SendErrors"];
        await node.SeesAsync(view => view.Counters["SendErrors"] >= before + 3, "that it cannot send");
    }
}
