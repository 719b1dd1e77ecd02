using System.Net;
using System.Runtime;
using Gossip.Hosting;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Peer;

/// <summary>
/// Starts a node, and asks it as soon as its own first question is out. Prints how many methods its thread compiled from then until its answer:
/// that is what keeps a newcomer silent on a starved processor.
/// </summary>
internal static class FirstAnswerVerb
{
    public static async Task<int> RunAsync()
    {
        var asked = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance)
        {
            Through = sockets => new AskedAtOnce(sockets, Question(), asked),
        };
        await using var node = launcher.Launch(new GossipOptions { BindAddress = "127.0.0.1" }, "first-answer");
        node.Start();
        Console.WriteLine(FormattableString.Invariant($"compiled: {await asked.Task}"));
        return 0;
    }

    /// <summary>What another node asks that wants to come in.</summary>
    private static (PeerAddress From, byte[] Packet) Question()
    {
        var options = new NodeOptions
        {
            SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill,
            Id = new MemberId(1),
            Incarnation = new Incarnation(1),
            Name = "asking",
            Address = PeerAddress.From(IPAddress.Loopback, 1),
        };
        using var asking = new Node(options, new Randomness(1), Instant.Start);
        var sent = new Kept();
        asking.Join(Instant.Start, PeerAddress.From(IPAddress.Loopback, 2), sent);
        return (options.Address, sent.Packet);
    }

    private sealed class Kept : IOutbox
    {
        public byte[] Packet { get; private set; } = [];

        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => Packet = packet.ToArray();

        public void Publish(in ClusterEvent happened)
        {
            // The question is all that is wanted.
        }
    }

    /// <summary>Sends nothing, and brings one question.</summary>
    private sealed class AskedAtOnce(ITransport sockets, (PeerAddress From, byte[] Packet) question, TaskCompletionSource<long> answered) : ITransport
    {
        private long? _before;
        private bool _isBrought;

        public PeerAddress Local => sockets.Local;

        public TransportCounters Counters => sockets.Counters;

        public bool MayWait => _isBrought || _before is null;

        public void Wait(TimeSpan atMost)
        {
            if (MayWait)
                sockets.Wait(atMost);
        }

        public void Wake() => sockets.Wake();

        public bool TryReceive(out Arrival arrival)
        {
            if (MayWait)
                return sockets.TryReceive(out arrival);
            _isBrought = true;
            arrival = new Arrival(ArrivalKind.Packet, question.From, Delivery.Datagram, question.Packet);
            return true;
        }

        public bool Judge(PeerAddress peer, Delivery delivery, in PacketOutcome outcome) => sockets.Judge(peer, delivery, outcome);

        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
        {
            var compiled = JitInfo.GetCompiledMethodCount(currentThread: true);
            if (_isBrought && peer == question.From)
                answered.TrySetResult(compiled - _before!.Value);
            _before ??= compiled;
        }

        public ValueTask DisposeAsync() => sockets.DisposeAsync();
    }
}
