using FsCheck;
using FsCheck.Xunit;

namespace Gossip.Protocol.Tests.Membership;

/// <summary>The conflict rule as algebra: a total order, whose maximum is the merge.</summary>
[Properties(Arbitrary = [typeof(NearClaims)])]
public sealed class ClaimLaws
{
    [Law]
    internal void Any_two_claims_are_in_order_and_only_equal_ones_tie(Claim a, Claim b)
    {
        Assert.Equal(1, (a < b ? 1 : 0) + (a > b ? 1 : 0) + (a == b ? 1 : 0));
        Assert.Equal(a.CompareTo(b), -b.CompareTo(a));
        Assert.Equal(a <= b, !(a > b));
        Assert.Equal(a >= b, !(a < b));
    }

    [Law]
    internal void The_order_is_transitive(Claim a, Claim b, Claim c)
    {
        Assert.True(!(a <= b && b <= c) || a <= c);
    }

    [Law]
    internal void Merging_is_commutative_associative_and_idempotent(Claim a, Claim b, Claim c)
    {
        Assert.Equal(Merge(a, b), Merge(b, a));
        Assert.Equal(Merge(a, Merge(b, c)), Merge(Merge(a, b), c));
        Assert.Equal(a, Merge(a, a));
    }

    [Law]
    internal void A_higher_incarnation_beats_every_state_and_within_one_the_worse_word_wins(Claim a, Claim b)
    {
        Assert.True(a.Incarnation == b.Incarnation ? (a < b) == (a.State < b.State) : (a < b) == (a.Incarnation < b.Incarnation));
    }

    private static Claim Merge(Claim a, Claim b) => a > b ? a : b;
}

/// <summary>Incarnations close to each other, so that ties are common, and the extremes.</summary>
internal static class NearClaims
{
    public static Arbitrary<Claim> Claims() => Inputs.From(
        randomness => new Claim(
            new Incarnation(randomness.Chance(0.2) ? Sample.UInt64(randomness) : (ulong)randomness.Below(3)),
            (MemberState)randomness.Below(4)),
        Inputs.Smaller);
}
