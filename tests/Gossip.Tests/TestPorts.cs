using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests;

/// <summary>
/// Port numbers for tests that need to know one before anybody binds it: free now, and below the range from which systems take ephemeral
/// ports, so that no other process gets it by chance.
/// </summary>
internal static class TestPorts
{
    public static PeerAddress Peer(string text) => PeerAddress.TryParse(text, out var peer) ? peer : throw new FormatException(text);

    public static int Free()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(12_000, 32_000);
            try
            {
                using var sockets = BoundSockets.Bind(IPAddress.Any, port, port);
                return port;
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }

        throw new InvalidOperationException("No free port.");
    }
}
