namespace Gossip.Tests.Balancing;

/// <summary>An instance that has just appeared gets its share little by little.</summary>
public sealed class SlowStartTests
{
    [Theory]
    [InlineData("p2c")]
    [InlineData("round-robin")]
    [InlineData("random")]
    [InlineData("least-loaded")]
    public void A_newcomer_grows_to_its_share(string name)
    {
        var fleet = new Fleet(4);
        fleet.Time.Advance(60);
        fleet.All[0].Statistics.Grow();
        var selector = Fleet.Selectors[name]();

        Assert.InRange(fleet.Count(selector, 4_000)[0], 1, 400);
        fleet.Time.Advance(5);
        Assert.InRange(fleet.Count(selector, 4_000)[0], 401, 850);
        fleet.Time.Advance(5);
        Assert.InRange(fleet.Count(selector, 4_000)[0], 900, 1_100);
    }

    [Fact]
    public void Under_load_a_newcomer_has_few_calls_in_flight()
    {
        var fleet = new Fleet(4);
        fleet.Time.Advance(60);
        fleet.All[0].Statistics.Grow();
        var selector = InstanceSelectors.PowerOfTwoChoices();
        for (var i = 0; i < 310; i++)
            fleet.Begin(selector.Select(fleet.All, default)!);
        Assert.InRange(fleet.All[0].InFlight, 5, 15);
    }

    [Fact]
    public void Whoever_is_met_while_this_node_is_new_is_grown()
    {
        var fleet = new Fleet(1);
        fleet.Time.Advance(9);
        fleet.All[0].Statistics.Grow();
        Assert.Equal(1, fleet.All[0].Statistics.Grown());
    }

    [Fact]
    public void Without_slow_start_everybody_is_grown()
    {
        var fleet = new Fleet(1, rules: new GossipBalancingOptions { SlowStart = TimeSpan.Zero });
        fleet.All[0].Statistics.Grow();
        Assert.Equal((false, 1f), (fleet.All[0].Statistics.IsGrowing, fleet.All[0].Statistics.Grown()));
    }
}
