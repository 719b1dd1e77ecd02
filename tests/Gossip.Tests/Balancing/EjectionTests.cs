namespace Gossip.Tests.Balancing;

/// <summary>Whoever fails this process is left alone for a while.</summary>
public sealed class EjectionTests
{
    public static TheoryData<string> SelectorNames => Fleet.SelectorNames;

    [Theory]
    [MemberData(nameof(SelectorNames))]
    public void One_that_cannot_be_connected_to_is_left_out_for_a_second_and_then_tried_by_one_call_at_a_time(string name)
    {
        var fleet = new Fleet(2);
        var (bad, good) = (fleet.All[0], fleet.All[1]);
        var picker = fleet.Picker(Fleet.Selectors[name]());
        fleet.Call(bad, CallOutcome.Unreachable);
        Assert.True(bad.IsEjected);
        AssertAll(good, picker, fleet);

        fleet.Time.Advance(1);
        Assert.Same(bad, FirstOf(bad, picker, fleet));
        AssertAll(good, picker, fleet);

        fleet.Call(bad, CallOutcome.Answered);
        Assert.False(bad.IsEjected);
        Assert.Same(bad, FirstOf(bad, picker, fleet));
        Assert.Same(bad, FirstOf(bad, picker, fleet));
    }

    [Fact]
    public void A_probe_that_fails_doubles_the_time_up_to_thirty_seconds()
    {
        var fleet = new Fleet(2);
        double[] expected = [1, 2, 4, 8, 16, 30, 30];
        foreach (var seconds in expected)
        {
            fleet.Call(fleet.All[0], CallOutcome.Unreachable);
            Assert.Equal(seconds * 1_000, fleet.All[0].Statistics.Ejection!.Until - fleet.Clock.Now);
            fleet.Time.Advance(seconds);
            Assert.True(fleet.All[0].Statistics.TryProbe(fleet.All[0].Statistics.Ejection!));
        }

        fleet.Call(fleet.All[0], CallOutcome.Answered);
        fleet.Call(fleet.All[0], CallOutcome.Unreachable);
        Assert.Equal(1, fleet.All[0].Statistics.Ejection!.Strikes);
    }

    [Fact]
    public void Five_failures_in_a_row_eject_and_an_answer_between_them_begins_anew()
    {
        var fleet = new Fleet(2);
        for (var i = 0; i < 4; i++)
            fleet.Call(fleet.All[0], CallOutcome.Failed);
        fleet.Call(fleet.All[0], CallOutcome.Answered);
        for (var i = 0; i < 4; i++)
            fleet.Call(fleet.All[0], CallOutcome.Failed);
        Assert.False(fleet.All[0].IsEjected);
        fleet.Call(fleet.All[0], CallOutcome.Abandoned);
        Assert.False(fleet.All[0].IsEjected);
        fleet.Call(fleet.All[0], CallOutcome.Failed);
        Assert.True(fleet.All[0].IsEjected);
    }

    [Fact]
    public void Calls_that_fail_together_count_once_and_one_that_began_before_does_not_readmit()
    {
        var fleet = new Fleet(2);
        var together = Enumerable.Range(0, 10).Select(_ => fleet.All[0].Begin()).ToArray();
        var early = fleet.All[0].Begin();
        fleet.Time.Advance(0.1);
        foreach (var call in together)
            call.Complete(CallOutcome.Unreachable);
        early.Complete(CallOutcome.Answered);
        Assert.Equal(1, fleet.All[0].Statistics.Ejection?.Strikes);
    }

    [Fact]
    public void A_probe_that_was_given_up_makes_room_for_the_next_and_one_that_never_ends_does_so_in_time()
    {
        var fleet = new Fleet(2);
        var bad = fleet.All[0];
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        fleet.Call(bad, CallOutcome.Unreachable);
        fleet.Time.Advance(1);
        Assert.Same(bad, FirstOf(bad, picker, fleet));
        fleet.Call(bad, CallOutcome.Abandoned);
        Assert.Same(bad, FirstOf(bad, picker, fleet));
        Assert.Null(FirstOf(bad, picker, fleet));
        fleet.Time.Advance(1);
        Assert.Same(bad, FirstOf(bad, picker, fleet));
    }

    [Theory]
    [InlineData(0.5, 10, 5)]
    [InlineData(0.5, 3, 1)]
    [InlineData(0.5, 1, 0)]
    [InlineData(0.2, 10, 2)]
    [InlineData(1, 10, 9)]
    [InlineData(0, 10, 0)]
    public void Not_more_than_a_share_is_ejected_the_worst_first(double share, int count, int ejected)
    {
        var fleet = new Fleet(count, rules: new GossipBalancingOptions { MaxEjectionRatio = share });
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        foreach (var one in fleet.All.Skip(count > 1 ? 1 : 0))
            fleet.Call(one, CallOutcome.Unreachable, 0.001);
        var chosen = Enumerable.Range(0, 10 * count).Select(_ => picker.Pick(fleet.All, default)!).ToHashSet();
        // Those that are due last are the worst.
        Assert.Equal(fleet.All.SkipLast(ejected).ToHashSet(), chosen);
    }

    [Fact]
    public void When_all_fail_all_are_offered()
    {
        var fleet = new Fleet(4);
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        foreach (var one in fleet.All)
            fleet.Call(one, CallOutcome.Unreachable, 0.001);
        Assert.Equal(4, Enumerable.Range(0, 20).Select(_ => picker.Pick(fleet.All, default)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(SelectorNames))]
    public void Choosing_allocates_nothing_whether_somebody_is_ejected_or_not(string name)
    {
        var fleet = new Fleet(12, zone: number => $"{(char)('a' + (number % 3))}");
        var picker = fleet.Picker(Fleet.Selectors[name]());
        Assert.Equal(0, Allocated(picker, fleet));
        fleet.Call(fleet.All[3], CallOutcome.Unreachable);
        Assert.Equal(0, Allocated(picker, fleet));
    }

    private static long Allocated(Gossip.Balancing.Picker picker, Fleet fleet)
    {
        var call = new CallContext { Key = "k" };
        // So often that each way which chance can take was taken: each keeps something at its first time.
        for (var i = 0; i < 500; i++)
            picker.Pick(fleet.All, call);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            picker.Pick(fleet.All, call);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void AssertAll(ServiceInstance expected, Gossip.Balancing.Picker picker, Fleet fleet) =>
        Assert.All(Enumerable.Range(0, 30), number => Assert.Same(expected, picker.Pick(fleet.All, new CallContext { Key = $"{number}" })));

    /// <summary>The instance, if any of the next calls comes to it.</summary>
    private static ServiceInstance? FirstOf(ServiceInstance wanted, Gossip.Balancing.Picker picker, Fleet fleet) =>
        Enumerable.Range(0, 100).Select(number => picker.Pick(fleet.All, new CallContext { Key = $"{number}" })).FirstOrDefault(one => ReferenceEquals(one, wanted));
}
