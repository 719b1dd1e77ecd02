using System.Net;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <summary>
/// Compiles the code that answers a ping before the node's first question is sent. From that question on the others know the node, and
/// probe it within a second; a node that compiles the code for pings and acks only then is silent meanwhile, for milliseconds on a
/// processor of its own, for seconds in a small container. So two private nodes talk to each other first, in memory and in virtual time.
/// </summary>
internal static class WarmUp
{
    private static int _done;

    /// <summary>Runs the warm-up, unless a node of this process has begun it before.</summary>
    /// <param name="options">The options of the node that is about to start: with a key, frames are sealed.</param>
    public static void Once(NodeOptions options)
    {
        if (Interlocked.Exchange(ref _done, 1) == 0)
            Run(options);
    }

    /// <summary>Returns whether one node answered the other.</summary>
    internal static bool Run(NodeOptions options)
    {
        using var asking = new Side(options, 1);
        using var answering = new Side(options, 2);
        asking.Node.Join(Instant.Start, answering.Node.Self.Address, asking);
        return asking.TryHandTo(answering, Instant.Start) && answering.HasSent;
    }

    /// <summary>One of the two nodes, and what it has sent and the other has not yet received.</summary>
    private sealed class Side : IOutbox, IDisposable
    {
        private readonly Queue<(byte[] Packet, Delivery Delivery)> _sent = new();

        public Side(NodeOptions options, byte number) => Node = new Node(
            options with
            {
                Id = new MemberId(number),
                Incarnation = new Incarnation(number),
                Name = "warm-up",
                Address = PeerAddress.From(new IPAddress([127, 0, 0, number]), 1),
                // Not the cluster's key: what is never sent needs no secret.
                Key = new byte[options.Key.Length],
            },
            new Randomness(number),
            Instant.Start);

        public Node Node { get; }

        public bool HasSent => _sent.Count > 0;

        public bool TryHandTo(Side other, Instant now)
        {
            if (!_sent.TryDequeue(out var next))
                return false;
            other.Node.Receive(now, Node.Self.Address, next.Packet, next.Delivery, other);
            return true;
        }

        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => _sent.Enqueue((packet.ToArray(), delivery));

        public void Publish(in ClusterEvent happened)
        {
            // Nothing observes these nodes.
        }

        public void Dispose() => Node.Dispose();
    }
}
