namespace Gossip.Tests.Balancing;

/// <summary>Calls stay in their zone as long as it can bear them.</summary>
public sealed class ZoneFirstTests
{
    private readonly IInstanceSelector _selector = InstanceSelectors.ZoneFirst("a");

    [Theory]
    [InlineData("abc", 1.0)]
    [InlineData("aabbcc", 1.0)]
    [InlineData("aaabc", 1.0)]
    [InlineData("aa", 1.0)]
    [InlineData("abb", 2.0 / 3)]
    [InlineData("abbcc", 3.0 / 5)]
    [InlineData("abbbbbb", 2.0 / 7)]
    public void The_part_that_stays_is_what_the_zone_can_bear(string zones, double stays)
    {
        var fleet = new Fleet(zones.Length, zone: number => $"{zones[number]}");
        var counts = fleet.Count(_selector, 10_000);
        Assert.InRange(InZone("a", fleet, counts) / 10_000.0, stays - 0.03, stays + 0.03);
        if (stays < 1)
            Assert.All(counts, count => Assert.NotEqual(0, count));
    }

    [Fact]
    public void Weights_count_not_heads()
    {
        var fleet = new Fleet(4, number => number == 0 ? 300 : 100, number => number == 0 ? "a" : "b");
        Assert.Equal([1_000, 0, 0, 0], fleet.Count(_selector, 1_000));
    }

    [Fact]
    public void Without_an_instance_in_the_zone_all_others_are_called()
    {
        var fleet = new Fleet(3, zone: number => $"{(char)('b' + number)}");
        Assert.All(fleet.Count(_selector, 3_000), count => Assert.InRange(count, 800, 1_200));
    }

    [Fact]
    public void A_call_may_come_from_another_zone()
    {
        var fleet = new Fleet(4, zone: number => number < 2 ? "a" : "b");
        Assert.Equal(1_000, InZone("b", fleet, fleet.Count(_selector, 1_000, new CallContext { Zone = "b" })));
        Assert.Equal(1_000, InZone("a", fleet, fleet.Count(_selector, 1_000)));
    }

    [Fact]
    public void A_zone_whose_instances_are_ejected_spills()
    {
        var fleet = new Fleet(6, zone: number => $"{(char)('a' + (number / 2))}");
        var picker = fleet.Picker(_selector);
        fleet.Call(fleet.All[0], CallOutcome.Unreachable);
        var counts = Enumerable.Range(0, 10_000).CountBy(_ => picker.Pick(fleet.All, default)!).ToDictionary();
        // One of five instances is left at home, whose fair share would be a third.
        Assert.InRange(counts[fleet.All[1]], 5_700, 6_300);
        Assert.DoesNotContain(fleet.All[0], counts);
    }

    [Fact]
    public void A_zone_that_does_not_keep_up_spills()
    {
        var fleet = new Fleet(4, zone: number => number < 2 ? "a" : "b");
        for (var i = 0; i < 200; i++)
            fleet.Begin(_selector.Select(fleet.All, default)!);
        Assert.InRange(fleet.All.Take(2).Sum(one => one.InFlight), 110, 160);
    }

    private static int InZone(string zone, Fleet fleet, int[] counts) => fleet.All.Zip(counts).Where(one => one.First.Zone == zone).Sum(one => one.Second);
}
