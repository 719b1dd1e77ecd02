using Gossip.Hosting;
using Gossip.Tests.Peer;

namespace Gossip.Tests.Networks;

/// <summary>Processes that stand still and go on: nobody dies of it.</summary>
[Collection(nameof(BrokenLanCollection))]
public sealed class StandstillTests
{
    /// <summary>As the tool <c>sleep</c> measures it, whatever the test's own process does meanwhile.</summary>
    private const int Starving = 10;

    private const int Paused = 2;

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task An_application_that_starves_the_thread_pool_for_ten_seconds_is_neither_suspected_nor_accuses()
    {
        await using var lan = await Lan.StartAsync(4);
        await lan.StartAllAsync();
        // That four runtimes start at once is another load, which a busy machine may take for silence.
        await Lan.ProbeAsync(lan.Nodes, 3);
        var before = await ViewsAsync(lan.Nodes);
        var starving = lan.Nodes[2];

        await starving.AskAsync("starve", "starving");
        await Lan.ShellAsync("sleep $1", $"{Starving}");
        // That the pool was gone indeed.
        Assert.Equal("starved: 0", await starving.AskAsync("", "starved"));

        var after = await ViewsAsync(lan.Nodes);
        for (var i = 0; i < lan.Nodes.Count; i++)
        {
            var isCalm = after[i].HeldSuspect.Count() == before[i].HeldSuspect.Count() && !after[i].HeldDead.Any();
            Assert.True(isCalm, $"{lan.Nodes[i].Name} suspects somebody:\n{LanNode.Describe(after[i])}");
            Assert.Equal(0, after[i].Counters["LoopFailures"]);
        }

        // That it went on meanwhile: rounds of a second, each probe answered.
        Assert.InRange(after[2].Counters["Probes"] - before[2].Counters["Probes"], Starving / 2, 2 * Starving);
        Assert.Equal(before[2].Counters["ProbesFailed"], after[2].Counters["ProbesFailed"]);
    }

    /// <summary>None of it may need a thread of the pool, neither to notice nor to tell: here there is none.</summary>
    [PeerFact("netns", "nft")]
    public async Task A_process_whose_thread_pool_is_blocked_says_that_it_is_degraded_and_is_ready_when_it_runs_again()
    {
        await using var lan = await Lan.StartAsync(3);
        await lan.StartAllAsync();
        var (starving, others) = (lan.Nodes[0], lan.Nodes.Skip(1).ToArray());

        string[] spared = [$"{starving.Name}: {PoolWatch.Reason}"];

        await starving.AskAsync("starve", "starving");
        foreach (var other in others)
            await other.SeesAsync(view => view.Spared.SequenceEqual(spared), $"{starving.Name} as degraded");

        Assert.Equal("starved: 0", await starving.AskAsync("", "starved"));
        foreach (var other in others)
            await other.SeesAsync(view => view.Spared.Count == 0 && view.Owners.Contains(starving.Name), $"{starving.Name} as ready again");
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task A_process_that_is_stopped_for_two_seconds_dies_for_nobody_and_holds_nobody_dead()
    {
        await using var lan = await Lan.StartAsync(5);
        await lan.StartAllAsync();

        await lan.Nodes[2].PauseAsync(Paused);

        await Lan.AgreeAsync(lan.Nodes);
        // Beyond what a suspicion lasts, had there been one that nobody refuted.
        await Lan.ProbeAsync(lan.Nodes, 5);
        await Lan.AgreeAsync(lan.Nodes);
        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.True(!view.HeldDead.Any(), $"{node.Name} held somebody dead:\n{LanNode.Describe(view)}");
        }
    }

    private static async Task<List<NodeView>> ViewsAsync(IEnumerable<LanNode> nodes)
    {
        var views = new List<NodeView>();
        foreach (var node in nodes)
            views.Add(await node.ViewAsync());
        return views;
    }
}
