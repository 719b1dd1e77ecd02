using Xunit.Abstractions;

namespace Gossip.Tests.Networks;

/// <summary>Real processes on a real, if virtual, network. Alone, since a dozen of them take what processors there are.</summary>
[Collection(nameof(BrokenLanCollection))]
public sealed class LossAndPartitionTests(ITestOutputHelper output)
{
    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Twelve_processes_that_lose_one_packet_in_twenty_agree_and_part_and_agree_again()
    {
        await using var lan = await Lan.StartAsync(12);
        foreach (var host in lan.Hosts)
            await host.LoseAsync(5);
        var clock = TimeProvider.System.GetTimestamp();
        await lan.StartAllAsync();
        Say("twelve agree after", clock);

        var (left, right) = (lan.Nodes[..6], lan.Nodes[6..]);
        await lan.PartAsync([.. left.Select(node => node.Host)], [.. right.Select(node => node.Host)]);
        clock = TimeProvider.System.GetTimestamp();
        await Lan.AgreeAsync(left);
        await Lan.AgreeAsync(right);
        Say("parted, six and six agree after", clock);

        await lan.HealAsync();
        clock = TimeProvider.System.GetTimestamp();
        await Lan.AgreeAsync(lan.Nodes);
        Say("healed, twelve agree after", clock);

        foreach (var (half, other) in new[] { (left, right), (right, left) })
        {
            var others = other.Select(node => node.Name).ToHashSet();
            foreach (var node in half)
            {
                var view = await node.ViewAsync();
                Assert.True(view.HeldDead.All(others.Contains), $"{node.Name} held one of its own half dead:\n{LanNode.Describe(view)}");
                Assert.True(view.HeldDead.Count() >= others.Count, $"{node.Name} has forgotten what happened:\n{LanNode.Describe(view)}");
                Assert.Equal(0, view.Counters["LoopFailures"]);
            }
        }
    }

    private void Say(string what, long since) => output.WriteLine($"{what} {TimeProvider.System.GetElapsedTime(since).TotalSeconds:F2} s");
}
