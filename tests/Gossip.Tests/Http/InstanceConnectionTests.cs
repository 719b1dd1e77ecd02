using System.Net;
using System.Net.Sockets;
using System.Text;
using Gossip.Http;
using Gossip.Protocol;

namespace Gossip.Tests.Http;

/// <summary>
/// A member names a host that is resolved to this machine's loopback, as a name of the attacker's own domain may be. The attack is the
/// same request to the same name, for an instance that no node tells of: that one is let through.
/// </summary>
public sealed class InstanceConnectionTests
{
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("192.0.2.7"), 7390);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_that_leads_a_caller_to_its_own_loopback_gets_no_byte(bool hasCallback)
    {
        using var listener = Listen();
        using var client = Client(hasCallback);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, listener, owner: default));

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(client, listener, Elsewhere));
        Assert.Equal(HttpRequestError.ConnectionError, refused.HttpRequestError);
        Assert.Contains("is refused since its node is at 192.0.2.7", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, listener.Requests);
    }

    [Fact]
    public async Task A_request_that_sockets_send_again_by_themselves_is_looked_at_again()
    {
        using var listener = Listen();
        using var client = Client(hasCallback: false);
        var written = new HttpRequestMessage(HttpMethod.Get, new InstanceAddress(listener.Address, Elsewhere));
        InstanceAddress.Write(written);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(written, CancellationToken.None));
        Assert.Equal(0, listener.Requests);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.9")]
    public async Task A_name_of_a_member_that_is_at_loopback_is_called_there(string owner)
    {
        using var listener = Listen();
        using var client = Client(hasCallback: false);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, listener, PeerAddress.From(IPAddress.Parse(owner), 7390)));
    }

    private static HttpMessageInvoker Client(bool hasCallback)
    {
        var sockets = new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero };
        if (hasCallback)
        {
            sockets.ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        Assert.True(Primary.Of(sockets).IsKnown);
        return new HttpMessageInvoker(sockets);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpMessageInvoker client, Listener listener, PeerAddress owner)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new InstanceAddress(listener.Address, owner));
        request.Headers.ConnectionClose = true;
        using var answer = await client.SendAsync(request, CancellationToken.None);
        return answer.StatusCode;
    }

    private static Listener Listen() => new();

    /// <summary>Answers whoever connects, at a name that means loopback wherever the test runs.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _requests;

        public Listener()
        {
            _listener.Start();
            _ = AnswerAsync();
        }

        public int Requests => Volatile.Read(ref _requests);

        public string Address => $"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

        public void Dispose() => _listener.Dispose();

        private async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    using var socket = await _listener.AcceptSocketAsync();
                    if (await socket.ReceiveAsync(new byte[4096]) == 0)
                        continue;
                    Interlocked.Increment(ref _requests);
                    await socket.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
