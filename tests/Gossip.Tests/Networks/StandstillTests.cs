namespace Gossip.Tests.Networks;

/// <summary>Processes that stand still and go on: nobody dies of it.</summary>
[Collection(nameof(LanCollection))]
public sealed class StandstillTests
{
    /// <summary>As the tool <c>sleep</c> measures it, whatever the test's own process does meanwhile.</summary>
    private const int Starving = 10;

    private const int Paused = 2;

    [PeerFact("netns", "nft")]
    public async Task An_application_that_starves_the_thread_pool_for_ten_seconds_is_neither_suspected_nor_accuses()
    {
        await using var lan = await Lan.StartAsync(4);
        await lan.StartAllAsync();
        var starving = lan.Nodes[2];
        var before = await starving.ViewAsync();

        await starving.AskAsync("starve", "starving");
        await Lan.ShellAsync("sleep $1", $"{Starving}");
        // That the pool was gone indeed.
        Assert.Equal("starved: 0", await starving.AskAsync("", "starved"));

        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.True(!view.HeldSuspect.Any() && !view.HeldDead.Any(), $"{node.Name} suspects somebody:\n{LanNode.Describe(view)}");
            Assert.Equal(0, view.Counters["LoopFailures"]);
        }

        // That it went on meanwhile: rounds of a second, each probe answered.
        var after = await starving.ViewAsync();
        Assert.InRange(after.Counters["Probes"] - before.Counters["Probes"], Starving / 2, 2 * Starving);
        Assert.Equal(before.Counters["ProbesFailed"], after.Counters["ProbesFailed"]);
    }

    [PeerFact("netns", "nft")]
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
}
