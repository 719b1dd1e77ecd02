using System.Net;
using System.Text;
using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// The diagnostic endpoint of a node, which is sent requests as text: method and target in the first line, headers below. No caller from
/// elsewhere, and in Production none without the token, sees a member; and no request is the server's fault.
/// </summary>
internal sealed class EndpointLife : FuzzLife
{
    private const int LongestAnswer = 1 << 20;

    private static readonly string[] Words =
    [
        "/gossip", "/doctor", "/graph", "/why/", "/why?member=", "/why?service=", "&version=", "/members", "/services/", "/series", "/login", "?code=", "fuzzed", "127.0.0.1:7390", "GET", "HEAD", "POST", "OPTIONS", "Host: ",
        "localhost", "a.localhost", "[::1]", "evil.example", "Origin: ", "http://localhost", "null", "Cookie: ", "gossip-0=", "1.2",
        "Authorization: ", "Bearer ", "Basic ", "Sec-Fetch-Site: ", "same-origin", "cross-site",
        "Accept: ", "text/html", "If-None-Match: ", "W/\"0-1\"", "X-Forwarded-For: ", "Forwarded: ", "Content-Length: ", "Content-Type: ",
    ];

    private static readonly byte[][] Requests =
    [
        .. new[]
        {
            "GET /gossip\nHost: localhost:5000", "GET /gossip/doctor\nHost: 127.0.0.1", "GET /gossip/graph\nHost: [::1]:5000",
            "GET /gossip/why/fuzzed\nHost: localhost", "GET /gossip/why?service=fuzzed&version=^1.0&tag=a&zone=b&endpoint=http\nHost: localhost",
            "HEAD /gossip/services/fuzzed\nHost: localhost\nIf-None-Match: W/\"0-1\", *", "GET /gossip/members\nHost: localhost\nAccept: text/html;q=0.5", "GET /gossip/why/127.0.0.1:7390\nHost: localhost",
            "GET /gossip/why/%E2%80%AE\nHost: localhost", "POST /gossip/login\nHost: localhost\nAuthorization: Bearer 00",
            "GET /gossip/login?code=00\nHost: localhost\nSec-Fetch-Site: none",
            "GET /gossip\nHost: localhost\nOrigin: http://localhost\nCookie: gossip-00000000=1.2\nSec-Fetch-Site: same-origin",
            "GET /gossip\nHost: evil.example\nX-Forwarded-For: 127.0.0.1", "OPTIONS /gossip\nHost: localhost\nOrigin: null",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly IPAddress?[] Callers =
        [IPAddress.Parse("10.1.2.3"), null, IPAddress.IPv6Loopback, IPAddress.Loopback, IPAddress.Loopback];

    private readonly bool _isDevelopment;
    private readonly WebApplication _app;
    private int _shown;
    private int _refused;

    public EndpointLife(Randomness randomness)
    {
        _isDevelopment = randomness.Chance(0.7);
        var builder = WebApplication.CreateBuilder([$"--environment={(_isDevelopment ? "Development" : "Production")}"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.AddGossip(options =>
        {
            (options.NodeName, options.Port, options.Cluster) = ("fuzzed", 0, $"fuzz-{randomness.Next()}");
            (options.MachineDirectory, options.AddressBook, options.UseMdns) = ("none", "none", false);
            options.Service.Name = "fuzzed";
        });
        _app = builder.Build();
        _app.MapGossip();
        _app.StartAsync().GetAwaiter().GetResult();
    }

    public override byte[] Draw(Randomness randomness)
    {
        var request = Pick(randomness);
        for (var changes = randomness.Below(4); changes > 0; changes--)
            request = TextMutation.Change(request, Pick(randomness), Words, randomness);
        return request;
    }

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n');
        var caller = Callers[randomness.Below(Callers.Length)];
        var http = _app.GetTestServer().SendAsync(http =>
        {
            http.Connection.RemoteIpAddress = caller;
            Write(http.Request, lines);
        }).GetAwaiter().GetResult();
        using var reader = new StreamReader(http.Response.Body);
        var body = reader.ReadToEndAsync().GetAwaiter().GetResult();
        Demand(http.Response.StatusCode < 500, $"The answer is {http.Response.StatusCode}.");
        Demand(body.Length <= LongestAnswer, $"The answer has {body.Length} letters.");
        var isShown = body.Contains("\"members\":", StringComparison.Ordinal);
        Demand(!isShown || (_isDevelopment && caller is not null && IPAddress.IsLoopback(caller)), $"The members are shown to {caller}.");
        _shown += isShown ? 1 : 0;
        _refused += http.Response.StatusCode is 401 or 403 ? 1 : 0;
    }

    public override void End() => Demand(
        _refused > 0 && _shown > 0 == _isDevelopment,
        $"The inputs are too far off to be a test: {_shown} pages were shown, {_refused} refused.");

    protected override void Dispose(bool isDisposing)
    {
        _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(isDisposing);
    }

    private static byte[] Pick(Randomness randomness)
    {
        var known = FuzzTarget.Find("endpoint").Known;
        var at = randomness.Below(Requests.Length + known.Count);
        return at < Requests.Length ? Requests[at] : known[at - Requests.Length];
    }

    /// <summary>The request, as far as a server lets it through: no letters that end a line or a text.</summary>
    private static void Write(HttpRequest request, string[] lines)
    {
        var words = lines[0].Split(' ', 2);
        var target = (words.Length > 1 ? words[1] : "").Split('?', 2);
        request.Method = IsToken(words[0]) ? words[0] : "GET";
        request.Path = PathString.FromUriComponent("/" + Clean(target[0]).TrimStart('/').Replace("%00", "", StringComparison.Ordinal));
        request.QueryString = new QueryString(target.Length > 1 ? "?" + Clean(target[1]) : "");
        request.Headers.Host = "localhost";
        foreach (var line in lines.Skip(1))
        {
            if (line.Split(':', 2) is not [var name, var value] || !IsToken(name))
                continue;
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = Clean(value).Trim();
            else
                request.Headers.Append(name, Clean(value).Trim());
        }
    }

    private static bool IsToken(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static string Clean(string text) => string.Concat(text.Where(letter => !char.IsControl(letter)));
}
