using System.Globalization;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// Whether a GET is answered with a status that is expected; 429 warns, since the service lives and asks to be spared. Redirects are
/// answers, and not followed; no proxy is asked.
/// </summary>
internal sealed class HttpCheck(HttpMessageInvoker client, CheckDefinition definition) : ICheck
{
    private const int TooManyRequests = 429;

    public async ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, definition.Url);
        request.Headers.UserAgent.ParseAdd("gossip-agent");
        try
        {
            using var response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            var body = await ReadAsync(response, cancellation).ConfigureAwait(false);
            var output = string.Create(CultureInfo.InvariantCulture, $"GET {definition.Url} → {status}\n{body}");
            if (status >= definition.StatusFrom && status <= definition.StatusTo)
                return new(CheckStatus.Pass, output);
            return new(status == TooManyRequests ? CheckStatus.Warn : CheckStatus.Fail, output);
        }
        catch (HttpRequestException error)
        {
            var why = error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message;
            return new(CheckStatus.Fail, $"GET {definition.Url}: {why}");
        }
    }

    /// <summary>As much of the body as is kept.</summary>
    private static async ValueTask<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var bytes = new byte[CheckResult.MostOutput];
            var count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return CheckResult.Clean(bytes.AsSpan(0, count));
        }
    }
}
