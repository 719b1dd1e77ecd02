using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Gossip.Tests.Http;

/// <summary>
/// Calls by name at a constant rate, however long the answers take, and checks each answer. So that a machine that stands still does not cost the
/// process all its sockets, a bounded number of calls is under way.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private const int MostAtATime = 500;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(4);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, int> _inFlight = new();
    private readonly ConcurrentDictionary<int, int> _answered = new();
    private readonly ConcurrentQueue<Failure> _failures = new();
    private readonly HttpClient _http;
    private readonly Task _running;
    private int _sent;

    public Load(IServiceDiscovery discovery, int perSecond)
    {
        // Connections are made anew all the time too, as by callers that come and go.
        var sockets = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(1) };
        _http = new HttpClient(new GossipHttpHandler(discovery) { InnerHandler = new Street(this) { InnerHandler = sockets } });
        _running = Task.Run(() => RunAsync(perSecond));
    }

    public TimeSpan Now => _clock.Elapsed;

    public IReadOnlyCollection<Failure> Failures => _failures;

    public int InFlightAt(int port) => _inFlight.GetValueOrDefault(port);

    /// <summary>Waits until each of these has answered twenty requests more.</summary>
    public async Task IsServedByAsync(IEnumerable<int> ports)
    {
        foreach (var port in ports.ToArray())
        {
            var before = _answered.GetValueOrDefault(port);
            await Eventually.HoldsAsync(() => _answered.GetValueOrDefault(port) >= before + 20, $"port {port} answers");
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _clock.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        _stop.Dispose();
    }

    public override string ToString() =>
        $"{_sent} requests in {_clock.Elapsed.TotalSeconds:0.0} s, {_sent / _clock.Elapsed.TotalSeconds:0}/s; {_failures.Count} failed{string.Concat(_failures.Take(20).Select(failure => $"\n{failure}"))}";

    private async Task RunAsync(int perSecond)
    {
        using var timer = new PeriodicTimer(Tick);
        List<Task> calls = [];
        var left = 0;
        while (!_stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync();
            calls.RemoveAll(call => call.IsCompletedSuccessfully);
            for (var due = (int)(_clock.Elapsed.TotalSeconds * perSecond); _sent + left < due; _sent++)
            {
                if (calls.Count == MostAtATime)
                {
                    left = due - _sent;
                    break;
                }

                calls.Add(CallAsync(_sent));
            }
        }

        await Task.WhenAll(calls);
    }

    private async Task CallAsync(int number)
    {
        var body = number.ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{WebServers.Service}/echo") { Content = new StringContent(body) };
        var started = Now;
        try
        {
            using var response = await _http.SendAsync(request);
            var answer = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            if (answer != body)
                throw new InvalidOperationException($"'{answer}' came back of '{body}'.");
        }
        catch (Exception failure)
        {
            request.Options.TryGetValue(Street.Port, out var port);
            request.Options.TryGetValue(Street.Sent, out var sent);
            var error = (failure as HttpRequestException)?.HttpRequestError;
            _failures.Enqueue(new Failure(port, started, sent, Now, $"{error} {failure.GetBaseException().GetType().Name}: {failure.GetBaseException().Message}"));
        }
    }

    /// <summary>A failed request: the last port it was sent to, and when it was begun, sent there, and failed.</summary>
    internal sealed record Failure(int Port, TimeSpan Begun, TimeSpan Sent, TimeSpan Failed, string Reason);

    /// <summary>Stands between the names and the sockets, and sees where requests go.</summary>
    private sealed class Street(Load load) : DelegatingHandler
    {
        public static readonly HttpRequestOptionsKey<int> Port = new("port");

        public static readonly HttpRequestOptionsKey<TimeSpan> Sent = new("sent");

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var port = request.RequestUri!.Port;
            request.Options.Set(Port, port);
            request.Options.Set(Sent, load.Now);
            load._inFlight.AddOrUpdate(port, 1, (_, count) => count + 1);
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                load._answered.AddOrUpdate(port, 1, (_, count) => count + 1);
                return response;
            }
            finally
            {
                load._inFlight.AddOrUpdate(port, 0, (_, count) => count - 1);
            }
        }
    }
}
