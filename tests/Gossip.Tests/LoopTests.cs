using System.Collections.Concurrent;
using Gossip.Hosting;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;
using Gossip.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests;

/// <summary>The turns of the loop, taken one by one by the test.</summary>
public sealed class LoopTests
{
    private static readonly PeerAddress Cursed = new PeerAddress().WithPort(9);

    [Fact]
    public async Task What_was_asked_beside_something_that_fails_is_done_in_the_next_turn()
    {
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance) { Through = sockets => new Failing(sockets) };
        var node = launcher.Launch(new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free() }, "app");
        node.Open();
        node.Join(Cursed);
        var isDone = false;
        var answer = node.AskAsync((_, _, _) => isDone = true).AsTask();
        node.TakeTurn(waits: false);
        var wasDone = isDone;
        node.TakeTurn(waits: false);
        var end = node.DisposeAsync();
        Assert.False(node.TakeTurn(waits: false));
        await end;
        Assert.Equal((false, true), (wasDone, isDone));
        Assert.True(await answer);
    }

    [Fact]
    public async Task A_snapshot_that_could_not_be_made_is_published_by_the_next_turn()
    {
        var time = new UnreadableTime();
        var feed = new SnapshotFeed { BalancingClock = new BalancingClock(time) };
        var launcher = new NodeLauncher(feed, TimeProvider.System, NullLogger.Instance);
        var node = launcher.Launch(new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free() }, "app");
        node.Open();
        var asked = node.AskAsync((machine, now, outbox) =>
        {
            machine.Register(now, TestCluster.Payments(), outbox);
            return true;
        }).AsTask();
        time.IsUnreadable = true;
        node.TakeTurn(waits: false);
        time.IsUnreadable = false;
        node.TakeTurn(waits: false);
        var shown = feed.Newest.Snapshot.GetInstances("payments").Count;
        var end = node.DisposeAsync();
        Assert.False(node.TakeTurn(waits: false));
        await end;
        Assert.Equal(1, shown);
        Assert.True(await asked);
    }

    [Fact]
    public async Task A_seed_at_which_something_fails_keeps_nobody_from_those_that_follow()
    {
        var (sent, wanted) = (new ConcurrentQueue<PeerAddress>(), TestPorts.Free());
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance)
        {
            Through = sockets => new Failing(sockets) { Sent = sent },
        };
        var options = new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free(), Seeds = { "127.0.0.1:9", $"127.0.0.1:{wanted}" } };
        await using var node = launcher.Launch(options, "app");
        node.Start();
        await Eventually.HoldsAsync(() => sent.Any(peer => peer.Port == wanted), "the second seed is asked");
    }

    [Fact]
    public async Task A_node_whose_warm_up_throws_takes_its_turns_all_the_same()
    {
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance);
        await using var node = launcher.Launch(new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free() }, "app");
        node.WarmsUp = _ => throw new InvalidOperationException("This one fails.");
        node.Start();
        Assert.True(await node.AskAsync((_, _, _) => true).AsTask().WaitAsync(Eventually.Deadline));
    }

    /// <summary>Throws where nothing should.</summary>
    private sealed class Failing(ITransport inner) : ITransport
    {
        public ConcurrentQueue<PeerAddress>? Sent { get; init; }

        public PeerAddress Local => inner.Local;

        public TransportCounters Counters => inner.Counters;

        public bool MayWait => inner.MayWait;

        public void Wait(TimeSpan atMost) => inner.Wait(atMost);

        public void Wake() => inner.Wake();

        public bool TryReceive(out Arrival arrival) => inner.TryReceive(out arrival);

        public bool Judge(PeerAddress peer, Delivery delivery, in PacketOutcome outcome) => inner.Judge(peer, delivery, outcome);

        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
        {
            if (peer.Port == Cursed.Port)
                throw new InvalidOperationException("This one fails.");
            Sent?.Enqueue(peer);
            inner.Send(peer, packet, delivery);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
