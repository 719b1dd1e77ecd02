using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Gossip.Protocol;

namespace Gossip.Tests.Balancing;

/// <summary>One of the ways to choose an instance.</summary>
internal sealed record Policy(string Name);

internal static class Policies
{
    public static Arbitrary<Policy> All() => Gen.Elements(Fleet.Selectors.Keys.Select(name => new Policy(name))).ToArbitrary();
}

/// <summary>What holds for every selector, whatever happens to the instances.</summary>
[Properties(Arbitrary = [typeof(Policies)])]
public sealed class SelectorLaws
{
    private static readonly string[] Zones = ["a", "b", "c"];

    public static TheoryData<string> SelectorNames => Fleet.SelectorNames;

    [Law(60, 3_000)]
    internal void Nobody_is_chosen_who_is_no_candidate_or_is_ejected_or_tried_while_others_are_not(Policy policy, Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var fleet = new Fleet(1 + randomness.Below(12), _ => 50 * randomness.Below(4), _ => Zones[randomness.Below(3)]);
        var picker = fleet.Picker(Fleet.Selectors[policy.Name]());
        var candidates = fleet.All;
        var underWay = new List<InstanceCall>();
        for (var step = 0; step < 200; step++)
        {
            if (step % 50 == 49)
                candidates = Array.FindAll(fleet.All, _ => randomness.Chance(0.7)) is { Length: > 0 } some ? some : fleet.All;
            var call = SomeCall(randomness, candidates);
            var before = candidates.Where(one => IsFree(one, fleet)).ToHashSet();
            var chosen = picker.Pick(candidates, call);
            AssertIsEligible(chosen, candidates, before, call);
            Use(randomness, fleet, chosen!, underWay);
        }
    }

    [Theory]
    [MemberData(nameof(SelectorNames))]
    public async Task Calls_in_flight_are_counted_right_from_many_threads(string name)
    {
        var fleet = new Fleet(5, number => 50 * (number + 1), number => Zones[number % 3]);
        var picker = fleet.Picker(Fleet.Selectors[name]());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var randomness = new Randomness((ulong)thread);
            var underWay = new List<InstanceCall>();
            for (var i = 0; i < 2_000; i++)
                Use(randomness, fleet, picker.Pick(fleet.All, SomeCall(randomness, fleet.All))!, underWay);
            underWay.ForEach(use => use.Complete(CallOutcome.Answered));
        })));
        Assert.All(fleet.All, one => Assert.Equal(0, one.InFlight));
    }

    [Law(4, 100)]
    internal void An_idle_fleet_is_called_by_weight(Seed seed)
    {
        foreach (var name in (string[])["p2c", "round-robin", "random", "least-loaded"])
            AssertCallsByWeight(name, new Randomness(seed.Value));
    }

    private static void AssertCallsByWeight(string name, Randomness randomness)
    {
        var fleet = new Fleet(2 + randomness.Below(8), _ => 10 * randomness.Below(20));
        var counts = fleet.Count(Fleet.Selectors[name](), 20_000);
        double total = fleet.All.Sum(one => one.Weight);
        for (var i = 0; i < counts.Length; i++)
        {
            var share = total > 0 ? fleet.All[i].Weight / total : 1.0 / counts.Length;
            // Six standard deviations.
            Assert.InRange(counts[i] / 20_000.0, share - 0.022, share + 0.022);
            Assert.True(total == 0 || fleet.All[i].Weight > 0 || counts[i] == 0);
        }
    }

    private static CallContext SomeCall(Randomness randomness, ServiceInstance[] candidates) => new()
    {
        Key = randomness.Chance(0.5) ? $"k{randomness.Below(20)}" : null,
        Zone = randomness.Chance(0.3) ? Zones[randomness.Below(3)] : null,
        Tried = randomness.Chance(0.3) ? [.. candidates.Where(_ => randomness.Chance(0.4))] : null,
    };

    private static bool IsFree(ServiceInstance instance, Fleet fleet) => !(instance.Statistics.Ejection?.Until > fleet.Clock.Now);

    private static void AssertIsEligible(ServiceInstance? chosen, ServiceInstance[] candidates, HashSet<ServiceInstance> free, CallContext call)
    {
        Assert.Contains(chosen, candidates);
        var tried = call.Tried ?? [];
        if (tried.Contains(chosen!))
            Assert.DoesNotContain(candidates, one => !tried.Contains(one));
        // Not more than half are ejected, so one that failed may be on offer beside those that are free.
        if (!free.Contains(chosen!) && free.Count >= (candidates.Length + 1) / 2)
            Assert.DoesNotContain(free, one => !tried.Contains(one));
    }

    private static void Use(Randomness randomness, Fleet fleet, ServiceInstance chosen, List<InstanceCall> underWay)
    {
        underWay.Add(chosen.Begin());
        fleet.Time.Advance(randomness.Below(100) / 100.0);
        while (underWay.Count > 0 && randomness.Chance(0.55))
        {
            var place = randomness.Below(underWay.Count);
            underWay[place].Complete((CallOutcome)randomness.Below(4));
            underWay.RemoveAt(place);
        }
    }
}
