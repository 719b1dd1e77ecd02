using Gossip.Balancing;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Tests.Balancing;

/// <summary>Instances of one service, their traffic, and a clock.</summary>
internal sealed class Fleet
{
    private readonly List<InstanceCall> _underWay = [];

    public Fleet(int count, Func<int, int>? weight = null, Func<int, string>? zone = null, GossipBalancingOptions? rules = null)
    {
        Clock = new BalancingClock(Time, rules);
        All = [.. Enumerable.Range(0, count).Select(number => Make(number, weight?.Invoke(number) ?? 100, zone?.Invoke(number) ?? ""))];
        Clock.Follow(Instant.Start);
    }

    /// <summary>Every selector that the library has, decorators included.</summary>
    public static IReadOnlyDictionary<string, Func<IInstanceSelector>> Selectors { get; } = NamedPolicies.Names
        .Select(name => (Name: name, Create: NamedPolicies.Find(name)!))
        .Append(("zone-first", () => InstanceSelectors.ZoneFirst("a")))
        .Append(("subset", () => InstanceSelectors.Subset("me", 3)))
        .Append(("zone-first subset of hash", () => InstanceSelectors.ZoneFirst("a", () => InstanceSelectors.Subset("me", 2, InstanceSelectors.ConsistentHash()))))
        .ToDictionary(one => one.Name, one => one.Create, StringComparer.Ordinal);

    public static TheoryData<string> SelectorNames => [.. Selectors.Keys];

    public ManualTime Time { get; } = new();

    public BalancingClock Clock { get; }

    public MemberLoads Loads { get; } = new();

    public ServiceInstance[] All { get; }

    public ServiceInstance Make(int number, int weight = 100, string zone = "") => new(
        new ServiceRecord { InstanceId = $"i{number}", Service = "orders", Weight = weight, Zone = zone }, new InstanceStatistics(Clock, Loads.CellOf(new MemberId((ulong)number + 1))));

    public Picker Picker(IInstanceSelector selector) => new(selector, Clock);

    /// <summary>A call that takes some time and ends in some way.</summary>
    public void Call(ServiceInstance instance, CallOutcome outcome, double seconds = 0.01)
    {
        using var call = instance.Begin();
        Time.Advance(seconds);
        call.Complete(outcome);
    }

    /// <summary>A call that does not end: somebody must hold it.</summary>
    public void Begin(ServiceInstance instance) => _underWay.Add(instance.Begin());

    /// <summary>Calls until the time that answers take counts.</summary>
    public void Learn(ServiceInstance instance, double seconds)
    {
        for (var i = 0; i < 3; i++)
            Call(instance, CallOutcome.Answered, seconds);
    }

    /// <summary>An instance tells its load.</summary>
    public void Tell(int number, Load load) => Loads.Write(new LoadChange(new MemberId((ulong)number + 1), load, Clock.NodeTime));

    /// <summary>How often each one is chosen.</summary>
    public int[] Count(IInstanceSelector selector, int times, CallContext call = default)
    {
        var counts = new int[All.Length];
        for (var i = 0; i < times; i++)
            counts[Array.IndexOf(All, selector.Select(All, call))]++;
        return counts;
    }
}
