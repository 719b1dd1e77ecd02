using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>
/// The better of two that are drawn by weight: nearly as even as a choice among all of them, and callers do not all rush to the same one
/// (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). Which is better:
/// <list type="number">
/// <item>Where one is expected to answer in less than half of the other's time, it is the one with the lower cost, latency × (calls in
/// flight + 1) / weight, as in Finagle's "peak EWMA".</item>
/// <item>Among equals in latency, it is the one with fewer calls in flight for its weight. Latencies differ by chance; if they always
/// decided, an idle service would have one instance that does all the work.</item>
/// <item>Among equals in that, too, it is the one that says it is less busy, or else the one drawn first.</item>
/// </list>
/// An instance of which nothing is known counts as being as quick as the other, so that it is neither flooded nor starved. One that failed
/// recently counts as at least as slow as the other, however soon it fails, and slower by the number of calls until one is answered:
/// 1 / (1 - share of failures) times. Otherwise an instance that answers with an error at once would seem the quickest, and the least busy,
/// of all.
/// </summary>
internal sealed class PowerOfTwoChoices : INarrowingSelector
{
    /// <summary>Milliseconds below which latencies count as equal: the network's noise, and the grain of the clock.</summary>
    private const float Grain = 2;

    /// <summary>How much busier one must be than the other for the choice to depend on it.</summary>
    private const float Busier = 1.25f;

    /// <summary>Where all weights are equal, their value does not matter.</summary>
    private const int StandardWeight = 100;

    private WeightedCandidates? _stretches;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var stretches = WeightedCandidates.Cached(ref _stretches, candidates);
        if (stretches.All.Length == 1)
            return stretches.All[0];
        return stretches.All[stretches.AreEqual ? OfEqualWeight(stretches.Statistics) : OfAnyWeight(stretches)];
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves) =>
        NarrowedCandidates.ByWeight(candidates, leaves);

    private static int OfEqualWeight(InstanceStatistics[] all)
    {
        var dice = FastRandom.Next();
        var first = FastRandom.Below((uint)dice, all.Length);
        var second = FastRandom.Below((uint)(dice >> 32), all.Length - 1);
        second += second >= first ? 1 : 0;
        return IsBetter(all[first], all[second], StandardWeight, StandardWeight) ? first : second;
    }

    /// <summary>
    /// An instance may be drawn twice, or those with a large weight would get less than their share; it is then only passed over when
    /// another is far quicker.
    /// </summary>
    private static int OfAnyWeight(WeightedCandidates stretches)
    {
        var dice = FastRandom.Next();
        var first = stretches.At((uint)dice);
        var second = stretches.At((uint)(dice >> 32));
        var all = stretches.Statistics;
        if (first != second)
            return IsBetter(all[first], all[second], stretches.All[first].Weight, stretches.All[second].Weight) ? first : second;
        var other = stretches.At((uint)FastRandom.Next());
        var (takes, otherTakes) = Expected(all[first], all[first].InFlight, all[other], all[other].InFlight);
        return IsFarSlower(takes, otherTakes) ? other : first;
    }

    /// <summary>The expected milliseconds of a call to either; 0 where nothing is known.</summary>
    private static (float One, float Two) Expected(InstanceStatistics one, int oneFlies, InstanceStatistics two, int twoFly)
    {
        var (oneTakes, twoTakes) = (one.Expected(oneFlies), two.Expected(twoFly));
        var (oneFails, twoFails) = (one.Failing, two.Failing);
        if (oneFails == 0 && twoFails == 0)
            return (oneTakes, twoTakes);
        // An unknown latency counts as the known one.
        var slowest = MathF.Max(Grain, MathF.Max(oneTakes, twoTakes));
        return (Charge(oneFails, oneTakes, slowest), Charge(twoFails, twoTakes, slowest));
    }

    private static float Charge(float fails, float takes, float slowest) =>
        fails == 0 ? (takes > 0 ? takes : slowest) : ((slowest + Grain) / (1 - fails)) - Grain;

    private static bool IsFarSlower(float latency, float than) => latency > 0 && than > 0 && latency + Grain > 2 * (than + Grain);

    private static bool IsBetter(InstanceStatistics one, InstanceStatistics two, int oneWeight, int twoWeight)
    {
        var (oneFlies, twoFly) = (one.InFlight, two.InFlight);
        var (oneTakes, twoTakes) = Expected(one, oneFlies, two, twoFly);
        var areFar = IsFarSlower(oneTakes, twoTakes) || IsFarSlower(twoTakes, oneTakes);
        // The usual case, equal weights and no reported load: the rest reduces to this.
        if (!areFar && oneWeight == twoWeight && one.IsPlain && two.IsPlain)
            return oneFlies <= twoFly;
        if (areFar || (oneFlies | twoFly) != 0)
        {
            // Each weight counts as far as its instance has grown; one of weight 0 was only drawn because all have weight 0.
            var oneBears = MathF.Max(1, oneWeight) * one.Grown() / one.Busy(oneWeight);
            var twoBears = MathF.Max(1, twoWeight) * two.Grown() / two.Busy(twoWeight);
            var (costs, otherCosts) = areFar
                ? ((oneTakes + Grain) * (oneFlies + 1) * twoBears, (twoTakes + Grain) * (twoFly + 1) * oneBears)
                : (oneFlies * twoBears, twoFly * oneBears);
            if (costs != otherCosts)
                return costs < otherCosts;
        }

        var (oneIsBusy, twoIsBusy) = (one.Busy(oneWeight), two.Busy(twoWeight));
        if (oneIsBusy > Busier * twoIsBusy || twoIsBusy > Busier * oneIsBusy)
            return oneIsBusy < twoIsBusy;
        return !SlowStart.Skips(one);
    }
}
