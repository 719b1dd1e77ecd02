using System.Collections.Concurrent;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Loop;

/// <summary>A node that hears what it is told to.</summary>
internal sealed class ToldNode : IAsyncDisposable
{
    private readonly GossipNode _node;
    private Told? _told;

    public ToldNode(ILogger? logger = null, string? key = null)
    {
        var launcher = new NodeLauncher(new SnapshotFeed(), new ManualTime(), logger ?? NullLogger.Instance)
        {
            Through = sockets => _told = new Told(sockets),
        };
        var options = new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free(), Key = key };
        options.BindAddress = key is null ? null : "127.0.0.1";
        _node = launcher.Launch(options, "app");
        _node.Start();
    }

    public NodeIdentity Identity => _node.Identity;

    /// <summary>Where the node has sent packets.</summary>
    public IReadOnlyCollection<PeerAddress> SentTo => _told!.SentTo;

    public void Hear(PeerAddress from, Delivery delivery, byte[] packet) => _told!.Packets.Enqueue((from, delivery, packet));

    public async Task<NodeReport> ReportAsync()
    {
        _told!.Wake();
        await Eventually.HoldsAsync(() => _told.Packets.IsEmpty, "all is heard");
        return await _node.ReportAsync();
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private sealed class Told(ITransport inner) : ITransport
    {
        private byte[] _last = [];

        public ConcurrentQueue<(PeerAddress From, Delivery Delivery, byte[] Packet)> Packets { get; } = new();

        public ConcurrentQueue<PeerAddress> SentTo { get; } = new();

        public PeerAddress Local => inner.Local;

        public TransportCounters Counters => inner.Counters;

        public bool MayWait => Packets.IsEmpty && inner.MayWait;

        public void Wait(TimeSpan atMost) => inner.Wait(atMost);

        public void Wake() => inner.Wake();

        public bool TryReceive(out Arrival arrival)
        {
            if (!Packets.TryDequeue(out var told))
                return inner.TryReceive(out arrival);
            _last = told.Packet;
            arrival = new Arrival(ArrivalKind.Packet, told.From, told.Delivery, _last);
            return true;
        }

        public bool Judge(PeerAddress peer, Delivery delivery, in PacketOutcome outcome) => inner.Judge(peer, delivery, outcome);

        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
        {
            SentTo.Enqueue(peer);
            inner.Send(peer, packet, delivery);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
