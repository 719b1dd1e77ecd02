using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Microsoft.AspNetCore.WebUtilities;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>
/// Finds the status of checks out: by a request of any method, 2xx passes and 429 warns; by a connection; by gRPC's health protocol.
/// Redirects are answers and not followed, and no proxy is asked.
/// </summary>
internal sealed class CheckLooks : IDisposable
{
    private const int TooManyRequests = 429;

    private readonly HttpMessageInvoker _strict = new(Open(null));
    private readonly HttpMessageInvoker _lax = new(Open((_, certificate, _, _) => certificate is not null));

    /// <summary>How a check is looked after; null for one whose client tells its status.</summary>
    /// <param name="check">The check.</param>
    /// <param name="aliased">Tells the status of a service of this agent; null for none.</param>
    public Func<CancellationToken, ValueTask<(string Status, string Output)>>? Of(CheckRegistration check, Func<string, string?> aliased) =>
        check.Type switch
        {
            CheckType.Http => cancellation => AskAsync(check, cancellation),
            CheckType.Tcp => cancellation => ConnectAsync(check.Target, cancellation),
            CheckType.Grpc => GrpcOf(check),
            CheckType.Alias => _ => ValueTask.FromResult(Alias(check.Target, aliased)),
            _ => null,
        };

    public void Dispose()
    {
        _strict.Dispose();
        _lax.Dispose();
    }

    private static SocketsHttpHandler Open(RemoteCertificateValidationCallback? accepts)
    {
        var opened = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.GZip,
            MaxResponseHeadersLength = 16,
        };
        if (accepts is not null)
            opened.SslOptions.RemoteCertificateValidationCallback = accepts;
        return opened;
    }

    private static (string Status, string Output) Alias(string service, Func<string, string?> aliased) => aliased(service) switch
    {
        null => (CheckWords.Critical, $"Service {service} could not be found on this node"),
        CheckWords.Passing => (CheckWords.Passing, "All checks passing."),
        var status => (status, $"Aliased check of {service} failing: it is {status}"),
    };

    private async ValueTask<(string Status, string Output)> AskAsync(CheckRegistration check, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(new HttpMethod(check.Method), check.Target);
        if (check.Body.Length > 0 || check.Method is "POST" or "PUT")
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(check.Body));
        request.Headers.TryAddWithoutValidation("User-Agent", "Consul Health Check");
        request.Headers.TryAddWithoutValidation("Accept", "text/plain, text/*, */*");
        request.Headers.ConnectionClose = true;
        foreach (var (name, values) in check.Header ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = values.Count > 0 ? values[0] : null;
            else if (!request.Headers.TryAddWithoutValidation(name, values))
                request.Content?.Headers.TryAddWithoutValidation(name, values);
        }

        var client = check.IsInsecure ? _lax : _strict;
        try
        {
            using var response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            var code = (int)response.StatusCode;
            var body = await ReadAsync(response, cancellation).ConfigureAwait(false);
            var status = response.IsSuccessStatusCode ? CheckWords.Passing
                : code == TooManyRequests ? CheckWords.Warning : CheckWords.Critical;
            return (status, string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP {check.Method} {check.Target}: {code} {ReasonPhrases.GetReasonPhrase(code)} Output: {body}"));
        }
        catch (HttpRequestException error)
        {
            var why = error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message;
            return (CheckWords.Critical, $"{check.Method} \"{check.Target}\": {why}");
        }
    }

    private static async ValueTask<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var bytes = new byte[ConsulCheck.MostOutput];
            var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return CheckResult.Clean(bytes.AsSpan(0, count));
        }
    }

    private static async ValueTask<(string Status, string Output)> ConnectAsync(string target, CancellationToken cancellation)
    {
        var (host, port, _) = CheckReader.TargetOf(target)!.Value;
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, cancellation).ConfigureAwait(false);
            return (CheckWords.Passing, $"TCP connect {target}: Success");
        }
        catch (SocketException error)
        {
            var why = error.SocketErrorCode == SocketError.ConnectionRefused ? "connect: connection refused" : error.Message;
            return (CheckWords.Critical, $"dial tcp {target}: {why}");
        }
    }

    private Func<CancellationToken, ValueTask<(string Status, string Output)>> GrpcOf(CheckRegistration check)
    {
        var (host, port, service) = CheckReader.TargetOf(check.Target)!.Value;
        var grpc = new GrpcCheck(check.IsInsecure ? _lax : _strict, new CheckDefinition
        {
            Id = check.CheckID, Kind = CheckKind.Grpc, Interval = check.Interval, Timeout = check.Timeout, Text = "",
            Host = host, Port = port, GrpcService = service, UsesTls = check.UsesTls, IsInsecure = check.IsInsecure,
        });
        return async cancellation =>
        {
            var result = await grpc.RunAsync(cancellation).ConfigureAwait(false);
            return (CheckWords.Of(result.Status), result.Output);
        };
    }
}
