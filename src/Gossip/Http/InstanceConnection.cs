using System.Net;
using System.Net.Sockets;
using Gossip.Configuration;
using Gossip.Protocol;

namespace Gossip.Http;

/// <summary>
/// Makes the connections of calls by name, and looks where they have led before a byte is sent: a name that an owner gives may be resolved
/// to an address that is refused as such (<see cref="SpecialAddresses"/>), and to another one at each time it is asked for, so it is looked
/// at here and not before. Loopback will do where the owner is on this machine, whose name a machine often holds for its loopback.
/// </summary>
internal static class InstanceConnection
{
    /// <param name="connect">The application's own way to connect; null for that of sockets.</param>
    /// <param name="context">What is connected to, and for which request.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="IOException">The name led to an address that is refused.</exception>
    public static async ValueTask<Stream> OpenAsync(
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect,
        SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var stream = await (connect ?? ConnectAsync)(context, cancellation).ConfigureAwait(false);
        if (Problem(context, stream) is not { } problem)
            return stream;
        await stream.DisposeAsync().ConfigureAwait(false);
        throw new IOException(problem);
    }

    private static string? Problem(SocketsHttpConnectionContext context, Stream stream)
    {
        // A connection to a proxy, or for what is no call by name, is none of ours.
        if (context.InitialRequestMessage.RequestUri is not OwnedAddress { Owner.IsNone: false } address
            || (context.DnsEndPoint.Host != address.Host && context.DnsEndPoint.Host != address.IdnHost)
            || stream is not NetworkStream { Socket.RemoteEndPoint: IPEndPoint remote })
            return null;
        var reached = PeerAddress.From(remote);
        if (!SpecialAddresses.Refuses(reached, address.Owner)
            || (reached.IsLoopback && IsOwnName(context.DnsEndPoint.Host) && OwnLoopback.IsThere(address.Owner.ToIPAddress())))
            return null;
        return $"'{context.DnsEndPoint.Host}' leads to {remote.Address}, which is refused since its node is at "
            + $"{address.Owner.ToIPAddress()}. Give the service a host that leads to it from everywhere.";
    }

    /// <summary>Whether a name is this machine's own, with its domain or without: any other that leads to loopback is a trick.</summary>
    private static bool IsOwnName(string host) => Array.Exists(
        [Environment.MachineName, System.Net.Dns.GetHostName()],
        own => FirstLabel(host).Equals(FirstLabel(own), StringComparison.OrdinalIgnoreCase));

    private static ReadOnlySpan<char> FirstLabel(string name) =>
        name.AsSpan(0, name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? dot : name.Length);

    /// <summary>As <see cref="SocketsHttpHandler"/> does by itself.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
