using Gossip.Hosting;
using Gossip.Protocol;
using Gossip.Snapshots;
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

    /// <summary>Throws where nothing should.</summary>
    private sealed class Failing(ITransport inner) : ITransport
    {
        public PeerAddress Local => inner.Local;

        public TransportCounters Counters => inner.Counters;

        public bool MayWait => inner.MayWait;

        public void Wait(TimeSpan atMost) => inner.Wait(atMost);

        public void Wake() => inner.Wake();

        public bool TryReceive(out Arrival arrival) => inner.TryReceive(out arrival);

        public void Judge(PeerAddress peer, bool opened) => inner.Judge(peer, opened);

        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
        {
            if (peer == Cursed)
                throw new InvalidOperationException("This one fails.");
            inner.Send(peer, packet, delivery);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
