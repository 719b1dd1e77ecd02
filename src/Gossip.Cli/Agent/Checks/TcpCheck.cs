using System.Globalization;
using System.Net.Sockets;

namespace Gossip.Cli.Agent.Checks;

/// <summary>Whether a connection is accepted. It is closed at once, and nothing is sent.</summary>
internal sealed class TcpCheck(string host, int port) : ICheck
{
    public async ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, cancellation).ConfigureAwait(false);
            return new(CheckStatus.Pass, string.Create(CultureInfo.InvariantCulture, $"{host}:{port} accepts connections"));
        }
        catch (SocketException error)
        {
            return new(CheckStatus.Fail, string.Create(CultureInfo.InvariantCulture, $"{host}:{port}: {error.Message}"));
        }
    }
}
