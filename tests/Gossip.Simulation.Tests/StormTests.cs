namespace Gossip.Simulation.Tests;

/// <summary>What many joins at once take, without a processor in the way.</summary>
public sealed class StormTests
{
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void All_show_all_within_a_quarter_of_a_second_of_the_last_join(int withinMs)
    {
        var storm = StormExperiment.Run(nodes: 64, TimeSpan.FromMilliseconds(withinMs), RoundTrip, drop: 0, seeds: 3);

        Assert.Equal(0, storm.Missed);
        Assert.InRange(storm.AllMsWorst, storm.NearlyMsWorst, 250);
        // Everybody must send what it says of itself, and no less than the others do in all is received.
        Assert.InRange(storm.PacketsPerNode, 10, 150);
    }

    [Fact]
    public void With_loss_most_do_not_wait_for_the_second_try_of_a_seed()
    {
        var storm = StormExperiment.Run(nodes: 64, TimeSpan.Zero, RoundTrip, drop: 0.05, seeds: 3);

        Assert.Equal(0, storm.Missed);
        Assert.InRange(storm.NearlyMs, 0, 900);
    }

    [Fact]
    public void A_storm_that_does_not_end_is_not_shown_as_one_that_ended_at_once()
    {
        var storm = StormExperiment.Run(
            nodes: 2, TimeSpan.Zero, RoundTrip, drop: 0, seeds: 1, configure: options => options with { Cluster = options.Name });

        Assert.Equal(2, storm.Missed);
        Assert.Equal((300_000, 300_000), (storm.NearlyMs, storm.AllMsWorst));
    }

    [Fact]
    public void The_same_arguments_give_the_same_storm()
    {
        StormResult Run() => StormExperiment.Run(nodes: 24, TimeSpan.FromMilliseconds(10), RoundTrip, drop: 0.1, seeds: 2, firstSeed: 7);

        Assert.Equal(Run(), Run());
    }
}
