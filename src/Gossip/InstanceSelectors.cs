using Gossip.Balancing;

namespace Gossip;

/// <summary>
/// The ways to choose among the instances of a service, for <see cref="IServiceDiscovery.Open"/>. Each call makes a new selector, for one
/// view. All of them, and the application's own selectors, leave out instances that failed this process for a while
/// (<see cref="GossipBalancingOptions.BaseEjectionTime"/>), and do not send a call again to an instance that it has tried
/// (<see cref="CallContext.Tried"/>).
/// </summary>
public static class InstanceSelectors
{
    /// <summary>
    /// The better of two that are drawn at random, by latency and calls in flight. The default: it is nearly as even as a choice among all,
    /// avoids slow instances within a few calls, tries them again after some seconds, and needs callers that report how calls end, as those
    /// through <c>AddGossipDiscovery()</c> do; without reports it behaves as <see cref="Random"/>. Not for calls that take long by design,
    /// such as streams.
    /// </summary>
    public static IInstanceSelector PowerOfTwoChoices() => new PowerOfTwoChoices();

    /// <summary>Each in turn, in proportion to its weight, evenly spread; ignores load and latency.</summary>
    public static IInstanceSelector RoundRobin() => new RoundRobin();

    /// <summary>A random instance, in proportion to the weights; ignores load and latency.</summary>
    public static IInstanceSelector Random() => new AtRandom();

    /// <summary>
    /// The one with the fewest calls of this process in flight for its weight, of up to 64 that are examined. For calls of very different
    /// duration; needs callers that report how calls end.
    /// </summary>
    public static IInstanceSelector LeastLoaded() => new LeastLoaded();

    /// <summary>
    /// The same instance for the same <see cref="CallContext.Key"/>, from every node; when an instance comes, goes or changes its weight,
    /// only its own keys move (weighted rendezvous hashing). Calls without a key are chosen as by <see cref="PowerOfTwoChoices"/>.
    /// </summary>
    public static IInstanceSelector ConsistentHash() => new ConsistentHash();

    /// <summary>
    /// Another selector among the instances of the caller's zone, as long as those have the zone's fair share of the weight: one divided by
    /// the number of zones with instances. When they have less, the part of the calls that would overload them goes to the instances of all
    /// zones; so does a call whose instance is far busier with calls of this process than one elsewhere.
    /// </summary>
    /// <param name="zone">The zone of calls that do not name one in <see cref="CallContext.Zone"/>.</param>
    /// <param name="within">Makes the selectors that choose within a zone and among all; null for <see cref="PowerOfTwoChoices"/>.</param>
    public static IInstanceSelector ZoneFirst(string zone, Func<IInstanceSelector>? within = null)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return new ZoneFirst(zone, within ?? PowerOfTwoChoices);
    }

    /// <summary>
    /// Another selector among a few of the instances, always the same few for the same caller, chosen so that callers spread evenly over
    /// all instances, and that few of them change when instances come and go.
    /// </summary>
    /// <param name="caller">The identity of the caller, such as the name of this node; callers of the same name have the same few.</param>
    /// <param name="size">How many; at least 1.</param>
    /// <param name="within">Chooses among them; null for <see cref="PowerOfTwoChoices"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public static IInstanceSelector Subset(string caller, int size, IInstanceSelector? within = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return new Subset(caller, size, within ?? PowerOfTwoChoices());
    }
}
