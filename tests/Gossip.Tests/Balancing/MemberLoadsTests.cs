using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Tests;

/// <summary>Where loads are read.</summary>
public sealed class MemberLoadsTests
{
    private static readonly MemberId Member = new(7);

    [Fact]
    public void A_cell_is_the_same_before_and_after_its_first_load_and_another_after_its_member_was_forgotten()
    {
        var loads = new MemberLoads();
        var cell = loads.CellOf(Member);
        Assert.False(cell.TryRead(At(0), out _, out _));

        loads.Write(new LoadChange(Member, new Load(3, 20, 50), At(10)));

        Assert.True(cell.TryRead(At(11), out var load, out var trust));
        Assert.Equal((new Load(3, 20, 50), 1.0), (load, trust));
        loads.CellOf(new MemberId(8));
        loads.Forget(member => member.Value == 8);
        Assert.Equal(1, loads.Count);
        Assert.NotSame(cell, loads.CellOf(Member));
    }

    [Fact]
    public void A_load_says_less_with_age_and_in_the_end_nothing()
    {
        var cell = new LoadCell();
        cell.Write(new Load(3, 0, 0), At(-5));

        Assert.True(cell.TryRead(At(-5) + ((Load.FreshFor + Load.StaleAfter) / 2), out _, out var trust));
        Assert.Equal(0.5, trust, 6);
        Assert.False(cell.TryRead(At(-5) + Load.StaleAfter, out _, out trust));
        Assert.Equal(0, trust);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        var cell = new LoadCell();
        cell.Write(new Load(3, 0, 0), At(1));
        var read = 0;
        cell.TryRead(At(2), out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            read += cell.TryRead(At(2), out var load, out _) ? load.InFlight : 0;
        Assert.Equal((0, 3000), (GC.GetAllocatedBytesForCurrentThread() - before, read));
    }

    [Fact]
    public async Task A_load_that_one_process_reports_is_shown_in_all_of_them()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        var busy = hosts[1].Identity.Id;

        var shown = new Load(42, 7, 80);
        foreach (var host in hosts)
        {
            var cell = await host.Node.AskAsync((_, _, _) => host.Node.Loads.CellOf(busy));
            await Eventually.HoldsAsync(
                async () =>
                {
                    // Whoever is busy says so again and again: one word of it grows old on a machine that is slow enough.
                    hosts[1].Node.ReportLoad(new Load(1, 0, 0));
                    hosts[1].Node.ReportLoad(shown);
                    return await host.Node.AskAsync(
                        (_, now, _) => cell.TryRead(now, out var load, out var trust) && load == shown && trust > 0.9);
                },
                "the load is shown");
        }
    }

    private static Instant At(double seconds) => Instant.Start + TimeSpan.FromSeconds(seconds);
}
