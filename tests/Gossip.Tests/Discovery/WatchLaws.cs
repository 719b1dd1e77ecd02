using System.Net;
using Gossip.Protocol;
using Gossip.Snapshots;

namespace Gossip.Tests.Discovery;

/// <summary>Whoever watches sees states that were there, in the order in which they were, and the last one for certain.</summary>
public sealed class WatchLaws
{
    [Law(30, 300)]
    internal void A_watch_sees_states_in_their_order_and_never_misses_the_last(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var (clock, feed, outbox) = (new NodeClock(TimeProvider.System), new SnapshotFeed(), new Silence());
        using var node = new Node(
            new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "n", Address = PeerAddress.From(IPAddress.Loopback, 1) }, randomness, clock.Now);
        var builder = new SnapshotBuilder(node, clock, feed.BalancingClock);
        feed.Publish(builder.Build());
        var view = TestDiscovery.Over(feed).Open(new("shop") { Tag = "wanted" });
        var watcher = Task.Run(async () =>
        {
            var seen = new List<string>();
            await foreach (var instances in view.WatchAsync(Eventually.Patience()))
                seen.Add(Text(instances));
            return seen;
        });

        var states = new List<string> { "" };
        for (var steps = 1 + randomness.Below(60); steps > 0; steps--)
        {
            var id = $"i{randomness.Below(4)}";
            if (randomness.Chance(0.25))
                node.Deregister(clock.Now, id, outbox);
            else
                node.Register(clock.Now, Any(randomness, id), outbox);
            feed.Publish(builder.Build());
            states.Add(Text(view.Instances));
        }

        feed.Complete();
        var seen = watcher.WaitAsync(Eventually.Deadline).GetAwaiter().GetResult();
        Assert.Equal(states[^1], seen[^1]);
        var place = 0;
        foreach (var state in seen)
        {
            place = states.IndexOf(state, place);
            Assert.True(place >= 0, $"'{state}' came after a later state.");
        }

        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    private static ServiceRecord Any(Randomness randomness, string id) => new()
    {
        InstanceId = id,
        Service = randomness.Chance(0.7) ? "shop" : "orders",
        State = (ServiceState)randomness.Below(5),
        Weight = randomness.Below(10_000),
        Tags = randomness.Chance(0.6) ? ["wanted"] : [],
    };

    private static string Text(IEnumerable<ServiceInstance> instances) => string.Join(' ', instances.Select(one => $"{one.InstanceId}@{one.Revision}"));

    private sealed class Silence : IOutbox
    {
        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
        {
        }

        public void Publish(in ClusterEvent happened)
        {
        }
    }
}
