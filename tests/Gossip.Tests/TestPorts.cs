using Gossip.Configuration;
using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests;

/// <summary>
/// Port numbers for tests that need to know one before anybody binds it: free now with those that follow it, never the same twice, and
/// below the range from which systems take ephemeral ports, so that no other process gets it by chance.
/// </summary>
internal static class TestPorts
{
    private const int Lowest = 12_000;
    private const int Ranges = 20_000 / WellKnownPorts.Count;

    private static int _next = Random.Shared.Next(Ranges);

    public static PeerAddress Peer(string text) => PeerAddress.TryParse(text, out var peer) ? peer : throw new FormatException(text);

    public static int Free()
    {
        for (var attempt = 0; attempt < Ranges; attempt++)
        {
            var range = (uint)Interlocked.Increment(ref _next) % Ranges;
            var first = Lowest + (int)range * WellKnownPorts.Count;
            if (Enumerable.Range(first, WellKnownPorts.Count).All(IsFree))
                return first;
        }

        throw new InvalidOperationException("No free port.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var sockets = BoundSockets.Bind(IPAddress.Any, port, []);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
