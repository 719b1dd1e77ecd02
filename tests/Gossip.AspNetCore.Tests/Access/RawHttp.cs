using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>A request, byte for byte: clients of .NET would not send what proxies and web pages do.</summary>
internal static class RawHttp
{
    /// <summary>Asks for the page as a browser's address bar would, with lines of the test's own.</summary>
    public static Task<RawAnswer> GetAsync(Uri server, params string[] lines) => SendAsync(server, "GET /gossip HTTP/1.1", lines);

    /// <param name="server">Where it listens.</param>
    /// <param name="request">The first line.</param>
    /// <param name="lines">The headers; without a Host among them the server's own address is named.</param>
    public static async Task<RawAnswer> SendAsync(Uri server, string request, params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, Eventually.Patience());
        return await SendAsync(client.GetStream(), server.Authority, request, lines);
    }

    /// <summary>A connection to a server that is starting.</summary>
    public static async Task<Stream> ConnectAsync(EndPoint server)
    {
        Socket? open = null;
        await Eventually.HoldsAsync(() => (open = TryConnect(server)) is not null, "the server listens");
        return new NetworkStream(open!, ownsSocket: true);
    }

    public static async Task<RawAnswer> SendAsync(Stream connection, string authority, string request, params string[] lines)
    {
        string[] host = lines.Any(line => line.StartsWith("Host:", StringComparison.Ordinal)) ? [] : [$"Host: {authority}"];
        var text = string.Join("\r\n", [request, .. host, .. lines, "Connection: close", "", ""]);
        await connection.WriteAsync(Encoding.ASCII.GetBytes(text), Eventually.Patience());
        using var reader = new StreamReader(connection);
        return new RawAnswer(await reader.ReadToEndAsync(Eventually.Patience()));
    }

    private static Socket? TryConnect(EndPoint server)
    {
        var client = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            client.Connect(server);
            return client;
        }
        catch (SocketException)
        {
            client.Dispose();
            return null;
        }
    }
}

/// <summary>What came back, head and all.</summary>
internal sealed record RawAnswer(string Text)
{
    public int Status => int.Parse(Text.Split(' ')[1]);

    /// <summary>Whether the cluster is in it.</summary>
    public bool ShowsMembers => Text.Contains("\"members\":", StringComparison.Ordinal);

    public string? Header(string name) => Text.Split("\r\n")
        .TakeWhile(line => line.Length > 0)
        .FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
