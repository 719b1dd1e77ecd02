using Gossip.Discovery;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Tests.Why;

/// <summary>What is said of an instance is what is done with it: the one is asked, the other is tried.</summary>
public sealed class WhyServiceLaws
{
    /// <summary>The least likely instance gets one call in some hundreds.</summary>
    private const int Picks = 10_000;

    [Law(60, 1_000)]
    internal void An_instance_is_in_exactly_when_calls_go_to_it(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var (time, query) = (new ManualTime(), AnyQuery(randomness));
        var rules = new GossipBalancingOptions { MaxEjectionRatio = randomness.Below(5) / 4.0 };
        var clock = new BalancingClock(time, rules);
        clock.Follow(Instant.Start);
        ServiceInstance[] all = [.. Enumerable.Range(0, 1 + randomness.Below(6)).Select(number => Any(randomness, clock, number))];
        foreach (var one in all)
            Use(one, randomness, time);
        var feed = new SnapshotFeed { BalancingClock = clock };
        feed.Publish(ServiceSnapshot.Create(all));
        var sources = new Sources(feed, StaticServices.None, time) { Time = time };
        var make = AnySelector(randomness);
        var view = new ServiceView(sources, query, make());
        // The first choice looks for outliers, as the next one would.
        view.TryPick();

        var told = new ServiceExplanation(sources, query, make()).Tell();

        var picked = new HashSet<string>();
        for (var i = 0; i < Picks; i++)
        {
            if (view.TryPick() is { } chosen)
                picked.Add(chosen.InstanceId);
        }

        Assert.Equal(all.Select(one => one.InstanceId).Order(), told.Select(one => one.InstanceId!).Order());
        Assert.True(
            picked.SetEquals(told.Where(one => one.IsIn).Select(one => one.InstanceId!)),
            $"Picked are {string.Join(' ', picked.Order())}, but: {string.Join(' ', told.Select(one => one.Sentence))}");
        Assert.All(told, one => Assert.Contains(one.IsIn ? "gets calls" : "gets no calls", one.Sentence));
    }

    private static ServiceInstance Any(Randomness randomness, BalancingClock clock, int number) => new(
        new ServiceRecord
        {
            InstanceId = $"i{number}",
            Service = "shop",
            State = randomness.Chance(0.6) ? ServiceState.Ready : (ServiceState)randomness.Below(5),
            Weight = randomness.Chance(0.5) ? 100 : 50 * randomness.Below(4),
            Version = randomness.Chance(0.2) ? null : $"{1 + randomness.Below(2)}.0.0",
            Tags = randomness.Chance(0.7) ? ["wanted"] : [],
            Zone = randomness.Chance(0.2) ? null : randomness.Chance(0.6) ? "a" : "b",
            Region = randomness.Chance(0.8) ? "eu" : null,
            Environment = randomness.Chance(0.8) ? "Blue" : null,
            Endpoints = [new ServiceEndpoint(randomness.Chance(0.8) ? "api" : "rpc", "http", "10.0.0.1", 80)],
        },
        new InstanceStatistics(clock),
        MemberProfile.Of(new MemberId((ulong)number + 1), default, default, $"n{number}", ""))
    {
        IsOutOfReach = randomness.Chance(0.1),
    };

    private static ServiceQuery AnyQuery(Randomness randomness) => new("shop")
    {
        Version = randomness.Chance(0.2) ? VersionRange.Parse("^1.0") : null,
        Tag = randomness.Chance(0.2) ? "wanted" : null,
        Zone = randomness.Chance(0.1) ? "a" : null,
        Region = randomness.Chance(0.1) ? "eu" : null,
        Environment = randomness.Chance(0.1) ? "blue" : null,
        Endpoint = randomness.Chance(0.2) ? "API" : null,
        IncludeUnavailable = randomness.Chance(0.1),
        Where = randomness.Chance(0.1) ? one => one.InstanceId != "i1" : randomness.Chance(0.1) ? _ => throw new InvalidOperationException() : null,
        Prefer = randomness.Chance(0.1) ? one => one.Weight > 50 : null,
    };

    private static Func<IInstanceSelector> AnySelector(Randomness randomness)
    {
        Func<IInstanceSelector> few = randomness.Chance(0.4) ? () => InstanceSelectors.Subset("me", 2, InstanceSelectors.Random()) : InstanceSelectors.Random;
        return randomness.Chance(0.5) ? () => InstanceSelectors.ZoneFirst("a", few) : few;
    }

    /// <summary>Some calls fail, so that it is ejected, and some are under way.</summary>
    private static void Use(ServiceInstance instance, Randomness randomness, ManualTime time)
    {
        for (var calls = randomness.Chance(0.3) ? 5 : 0; calls > 0; calls--)
        {
            using var call = instance.Begin();
            time.Advance(0.001);
            call.Complete(CallOutcome.Unreachable);
        }

        for (var calls = randomness.Chance(0.2) ? randomness.Below(40) : 0; calls > 0; calls--)
            instance.Statistics.Start();
    }
}
