using System.Net;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Peer;

/// <summary>
/// Sends to an address of the link that nobody has, through the smallest send buffer that there is: what waits there for an answer of the
/// neighbour fills it. Prints "full" when the system takes no more, and "free" when it takes what goes to somebody.
/// </summary>
internal static class CrowdVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(string nobody, string somebody)
    {
        var sockets = BoundSockets.Bind(IPAddress.Any, 0, []);
        sockets.Datagrams.SendBufferSize = 1;
        await using var transport = new SocketTransport(sockets, new TransportOptions());
        while (Takes(transport, nobody))
            continue;
        Console.WriteLine("full");
        while (!Takes(transport, somebody))
            transport.Wait(Pause);
        Console.WriteLine("free");
        return 0;
    }

    private static bool Takes(SocketTransport transport, string host)
    {
        var before = transport.Counters.Read().SendErrors;
        transport.Send(PeerAddress.From(IPAddress.Parse(host), GossipOptions.DefaultPort), new byte[1000], Delivery.Datagram);
        return transport.Counters.Read().SendErrors == before;
    }
}
