using Gossip.Balancing;
using Gossip.Protocol;

namespace Gossip.Tests.Balancing;

/// <summary>Consistent hashing and subsets: the same everywhere, and little moves when something changes.</summary>
public sealed class RendezvousLaws
{
    private const int Keys = 4_000;

    [Law(5, 75)]
    internal void Only_keys_of_the_instance_that_comes_or_goes_move(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var fleet = new Fleet(2 + randomness.Below(20), _ => randomness.Chance(0.5) ? 100 : 1 + randomness.Below(300));
        var gone = fleet.All[randomness.Below(fleet.All.Length)];
        var (all, rest) = (Owners(fleet.All), Owners([.. fleet.All.Where(one => one != gone)]));
        var moved = Enumerable.Range(0, Keys).Where(key => all[key] != rest[key]).ToArray();
        Assert.All(moved, key => Assert.Same(gone, all[key]));
        AssertShare(gone.Weight / (double)fleet.All.Sum(one => one.Weight), moved.Length);
    }

    [Law(5, 75)]
    internal void A_change_of_weight_moves_keys_to_or_from_that_instance_only(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var fleet = new Fleet(2 + randomness.Below(20));
        var place = randomness.Below(fleet.All.Length);
        var weight = 1 + randomness.Below(400);
        ServiceInstance[] changed = [.. fleet.All];
        changed[place] = fleet.Make(place, weight);
        var (before, after) = (Owners(fleet.All), Owners(changed));
        var moved = Enumerable.Range(0, Keys).Where(key => before[key].InstanceId != after[key].InstanceId).ToArray();
        Assert.All(moved, key => Assert.Same(changed[place], weight > 100 ? after[key] : changed[Array.IndexOf(fleet.All, before[key])]));
        var (n, others) = (fleet.All.Length, 100.0 * (fleet.All.Length - 1));
        AssertShare(Math.Abs((weight / (others + weight)) - (1.0 / n)), moved.Length);
    }

    [Law(5, 50)]
    internal void Every_instance_owns_its_share_of_the_keys(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var fleet = new Fleet(2 + randomness.Below(10), _ => 50 * randomness.Below(5));
        var owners = Owners(fleet.All).CountBy(one => one).ToDictionary();
        double total = fleet.All.Sum(one => one.Weight);
        foreach (var one in fleet.All)
            AssertShare(total > 0 ? one.Weight / total : 1.0 / fleet.All.Length, owners.GetValueOrDefault(one));
    }

    [Fact]
    public void Nodes_of_one_name_whose_instances_have_one_name_own_a_share_each()
    {
        using var twins = new Twins(3);
        Assert.Single(twins.All.Select(one => (one.NodeName, one.InstanceId)).Distinct());
        var owners = Owners(twins.All);
        Assert.All(twins.All, one => AssertShare(1.0 / 3, owners.Count(owner => owner == one)));
        Assert.Equal(owners, Owners([.. twins.All.Reverse()]));

        // When the first goes, the next has its keys.
        Assert.All(Owners(twins.All[1..]).Zip(owners), pair => Assert.Equal(pair.Second == twins.All[0] ? twins.All[1] : pair.First, pair.First));
        // When another goes, only its keys move.
        Assert.All(Owners(twins.All[..2]).Zip(owners), pair => Assert.True(pair.First == pair.Second || pair.Second == twins.All[2]));
    }

    [Fact]
    public void Alone_an_instance_has_the_keys_of_its_name_whichever_id_its_node_was_given()
    {
        using var twins = new Twins(2);
        var others = new Fleet(3).All;
        var (first, second) = (Owners([twins.All[0], .. others]), Owners([twins.All[1], .. others]));
        Assert.Equal(first.Select(one => one.InstanceId), second.Select(one => one.InstanceId));
    }

    [Fact]
    public void Callers_are_spread_over_the_instances_of_nodes_of_one_name()
    {
        using var twins = new Twins(4);
        var served = new int[4];
        for (var caller = 0; caller < 1_000; caller++)
        {
            foreach (var one in Few($"caller-{caller}", 2, twins.All))
                served[Array.IndexOf(twins.All, one)]++;
        }

        Assert.All(served, count => Assert.InRange(count, 500 - 95, 500 + 95));
    }

    [Law(5, 50)]
    internal void The_order_of_the_candidates_does_not_matter(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var fleet = new Fleet(2 + randomness.Below(20), _ => 1 + randomness.Below(300));
        ServiceInstance[] other = [.. fleet.All.OrderBy(_ => randomness.Next())];
        Assert.Equal(Owners(fleet.All), Owners(other));
    }

    [Theory]
    [InlineData("customer-1", "i3")]
    [InlineData("customer-2", "i0")]
    [InlineData("customer-3", "i7")]
    [InlineData("Überweisung", "i7")]
    public void Every_node_of_every_version_must_find_the_same_owner(string key, string owner) =>
        Assert.Equal(owner, InstanceSelectors.ConsistentHash().Select(new Fleet(8).All, new CallContext { Key = key })!.InstanceId);

    [Fact]
    public void A_key_of_any_length_is_hashed_as_its_bytes_are()
    {
        foreach (var length in (int[])[0, 1, 127, 128, 129, 1_000])
            Assert.Equal(StableHash.Of(new string('é', length)), Rendezvous.HashOf(new string('é', length)));
    }

    [Fact]
    public void Without_a_key_all_are_called() =>
        Assert.All(new Fleet(4).Count(InstanceSelectors.ConsistentHash(), 400), count => Assert.InRange(count, 30, 200));

    [Fact]
    public void A_subset_is_the_same_for_the_same_caller_and_even_over_many_callers()
    {
        var fleet = new Fleet(50);
        var served = new int[50];
        for (var caller = 0; caller < 1_000; caller++)
        {
            var few = Few($"caller-{caller}", 10, fleet.All);
            Assert.Equal(10, few.Count);
            if (caller < 50)
                Assert.Equal(few, Few($"caller-{caller}", 10, fleet.All));
            foreach (var one in few)
                served[Array.IndexOf(fleet.All, one)]++;
        }

        // 200 each, within six standard deviations of a binomial spread.
        Assert.All(served, count => Assert.InRange(count, 200 - 76, 200 + 76));
    }

    [Law]
    internal void When_an_instance_goes_a_subset_that_had_it_gets_one_other_and_the_rest_stay(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var fleet = new Fleet(6 + randomness.Below(20));
        var gone = fleet.All[randomness.Below(fleet.All.Length)];
        var (before, after) = (Few("me", 4, fleet.All), Few("me", 4, [.. fleet.All.Where(one => one != gone)]));
        Assert.Equal(before.Contains(gone) ? 1 : 0, after.Except(before).Count());
        Assert.Equal(4, after.Count);
    }

    private static ServiceInstance[] Owners(ServiceInstance[] candidates)
    {
        var selector = InstanceSelectors.ConsistentHash();
        return [.. Enumerable.Range(0, Keys).Select(key => selector.Select(candidates, new CallContext { Key = $"customer-{key}" })!)];
    }

    private static HashSet<ServiceInstance> Few(string caller, int size, ServiceInstance[] candidates)
    {
        var selector = InstanceSelectors.Subset(caller, size, InstanceSelectors.RoundRobin());
        return [.. Enumerable.Range(0, 3 * size).Select(_ => selector.Select(candidates, default)!)];
    }

    /// <summary>Within five standard deviations of a binomial spread.</summary>
    private static void AssertShare(double share, int count) =>
        Assert.InRange(count / (double)Keys, share - (5 * Math.Sqrt(share * (1 - share) / Keys)) - 0.001, share + (5 * Math.Sqrt(share * (1 - share) / Keys)) + 0.001);
}
