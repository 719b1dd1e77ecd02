using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>A row must do to a run what it says, all the time that it says, and demand something of it.</summary>
public sealed class FaultRunTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Paths_that_are_narrower_than_the_datagrams_lose_some_and_blocked_ones_are_told()
    {
        var lossy = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var run = new FaultRun(seed, 3);
            var blocked = 0;
            run.World.Observed += (_, happened) => blocked += happened.Kind == ClusterEventKind.DatagramsBlocked ? 1 : 0;
            run.Play(RowOf(22).Prepare, RowOf(22).Inject);
            Assert.Empty(run.Safety.Violations);
            Assert.True(blocked > 0, run.Options);
            lossy += run.World.Network.TooLarge > 0 ? 1 : 0;
        }

        Assert.InRange(lossy, 5, 10);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(22)]
    [InlineData(26)]
    public void A_row_demands_something_of_every_run(int row)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var run = new FaultRun(seed, 4);
            for (var i = 0; i < 4; i++)
                run.Join();
            RowOf(row).Inject(run);
            Assert.True(run.DemandCount > 0, run.Options);
        }
    }

    [Fact]
    public void Views_that_change_again_and_again_are_counted()
    {
        using var run = new FaultRun(1, 5);
        run.Play(_ => { }, one =>
        {
            one.Lasts(200 * Second);
            one.At(Second, () => one.World.Network.Partition([one.World.Nodes[0]]));
            one.At(100 * Second, () => one.World.Network.Partition());
            one.DemandFewChanges(1);
        });

        Assert.Contains(run.Safety.Violations, one => one.Contains("changed 2 times", StringComparison.Ordinal));
    }

    [Fact]
    public void Services_change_until_the_end_of_an_act_that_a_row_has_made_longer()
    {
        using var run = new FaultRun(2, 3);
        ulong Written() => run.World.Nodes.Aggregate(0UL, (sum, node) => sum + node.Node.Self.RecordsVersion);
        var (before, after) = (0UL, 0UL);
        run.Play(_ => { }, one =>
        {
            one.Lasts(200 * Second);
            one.At(150 * Second, () => before = Written());
            one.At(199 * Second, () => after = Written());
        });

        Assert.Empty(run.Safety.Violations);
        Assert.True(after > before + 5);
    }

    [Fact]
    public void Of_two_rows_neither_cuts_the_other_short_and_what_would_come_too_late_is_told()
    {
        using var run = new FaultRun(3, 3);
        var happened = false;
        run.Play(_ => { }, one =>
        {
            one.Lasts(100 * Second);
            one.At(99 * Second, () => happened = true);
            one.Lasts(10 * Second);
            one.At(101 * Second, () => { });
        });

        Assert.True(happened);
        Assert.Contains("did not happen", Assert.Single(run.Safety.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_row_that_leaves_somebody_to_ask_is_one_of_two_faults_at_once()
    {
        var parts = new SortedSet<int>();
        for (ulong seed = 1; seed <= 100; seed++)
        {
            using var run = new FaultRun(seed, 3);
            RowOf(25).Prepare(run);
            parts.UnionWith(run.Parts.Select(row => row.Number));
        }

        Assert.Equal(Enumerable.Range(1, 27).Where(row => row is not (16 or 25)), parts);
    }

    [Fact]
    public void What_one_row_has_nodes_born_with_no_other_row_undoes()
    {
        var plain = new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "a", Address = PeerAddress.From(System.Net.IPAddress.Loopback, 1) };
        var tight = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var run = new FaultRun(seed, 3);
            RowOf(20).Prepare(run);
            RowOf(17).Prepare(run);
            var born = run.Configure(plain);
            Assert.False(born.Key.IsEmpty);
            tight += born.MaxMembers < plain.MaxMembers ? 1 : 0;
        }

        Assert.InRange(tight, 1, 19);
    }

    private static FaultRow RowOf(int number) => FaultMatrix.Rows.Single(row => row.Number == number);
}
