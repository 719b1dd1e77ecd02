namespace Gossip.Tests.Balancing;

/// <summary>Who says that it is degraded asks to be spared, and is, as long as enough others are left.</summary>
public sealed class DegradedTests
{
    public static TheoryData<string> SelectorNames => Fleet.SelectorNames;

    [Theory]
    [MemberData(nameof(SelectorNames))]
    public void One_that_is_degraded_gets_no_call_while_another_is_ready(string name)
    {
        var fleet = new Fleet(2);
        Degrade(fleet, 1);
        Assert.Equal([0], Chosen(fleet, name));
    }

    [Theory]
    [MemberData(nameof(SelectorNames))]
    public void One_that_is_alone_is_called_though_it_is_degraded(string name)
    {
        var fleet = new Fleet(1);
        Degrade(fleet, 0);
        Assert.Equal([0], Chosen(fleet, name));
    }

    [Theory]
    [InlineData(4, 2, new[] { 0, 1 })]
    [InlineData(4, 3, new[] { 0, 1, 2, 3 })]
    [InlineData(5, 2, new[] { 0, 1, 2 })]
    [InlineData(5, 3, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(3, 3, new[] { 0, 1, 2 })]
    public void When_more_than_half_are_degraded_all_share_the_calls(int count, int degraded, int[] expected)
    {
        var fleet = new Fleet(count);
        for (var i = count - degraded; i < count; i++)
            Degrade(fleet, i);
        Assert.Equal(expected, Chosen(fleet, "random"));
    }

    [Fact]
    public void Those_that_are_ejected_and_those_that_are_degraded_are_half_together_at_the_most_and_the_ejected_come_first()
    {
        var fleet = new Fleet(4);
        fleet.Call(fleet.All[0], CallOutcome.Unreachable);
        Degrade(fleet, 1);
        Assert.Equal([2, 3], Chosen(fleet, "random"));
        fleet.Call(fleet.All[2], CallOutcome.Unreachable);
        Assert.Equal([1, 3], Chosen(fleet, "random"));
    }

    [Fact]
    public void A_call_that_has_tried_all_that_are_ready_goes_to_one_that_is_degraded()
    {
        var fleet = new Fleet(2);
        Degrade(fleet, 1);
        var chosen = fleet.Picker(InstanceSelectors.RoundRobin()).Pick(fleet.All, new CallContext { Tried = [fleet.All[0]] });
        Assert.Same(fleet.All[1], chosen);
    }

    [Fact]
    public void Where_nobody_may_be_ejected_nobody_is_spared()
    {
        var fleet = new Fleet(2, rules: new GossipBalancingOptions { MaxEjectionRatio = 0 });
        Degrade(fleet, 1);
        Assert.Equal([0, 1], Chosen(fleet, "random"));
    }

    private static void Degrade(Fleet fleet, int number)
    {
        var record = new ServiceRecord { InstanceId = $"i{number}", Service = "orders", State = ServiceState.Degraded };
        fleet.All[number] = new ServiceInstance(record, fleet.All[number].Statistics);
    }

    private static int[] Chosen(Fleet fleet, string selector)
    {
        var picker = fleet.Picker(Fleet.Selectors[selector]());
        var chosen = Enumerable.Range(0, 200).Select(key => picker.Pick(fleet.All, new CallContext { Key = $"{key}" }));
        return [.. chosen.Select(one => Array.IndexOf(fleet.All, one)).Distinct().Order()];
    }
}
