using System.Net;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// Runs all seed sources for as long as the node lives, and passes the addresses to the node, which ignores those where it knows a live
/// member. A source that ends is asked again after a while; one that fails is logged, and asked again.
/// </summary>
internal sealed partial class SeedPipeline : IAsyncDisposable
{
    /// <summary>How long sources may take to stop: one that ignores its cancellation must not hold up the goodbye.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Action<PeerAddress> _join;
    private readonly Func<PeerAddress, bool> _isReachable;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private WatchedSource[] _sources = [];
    private Task _running = Task.CompletedTask;
    private int _disposed;

    /// <param name="join">Takes every address found.</param>
    /// <param name="isReachable">Whether the node's socket can send to an address at all.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="logger">Logs failures.</param>
    public SeedPipeline(Action<PeerAddress> join, Func<PeerAddress, bool> isReachable, TimeProvider time, ILogger logger)
    {
        _join = join;
        _isReachable = isReachable;
        _time = time;
        _logger = logger;
    }

    /// <summary>Between two runs of a source.</summary>
    internal Backoff Pauses { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>What each source was asked, and the results.</summary>
    public IReadOnlyList<SourceReport> Reports => [.. _sources.Select(source => source.Report)];

    public void Start(IEnumerable<ISeedSource> sources)
    {
        _sources = [.. sources.Select(source => new WatchedSource(source, _time))];
        _running = Task.WhenAll(_sources.Select(source => Task.Run(() => RunAsync(source))).ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _running.WaitAsync(StopTime, _time).ConfigureAwait(false);
            _stopping.Dispose();
        }
        catch (TimeoutException)
        {
            SourceLingers(_logger, StopTime);
        }
    }

    private async Task RunAsync(WatchedSource source)
    {
        var stopping = _stopping.Token;
        try
        {
            for (var run = 0; !stopping.IsCancellationRequested; run++)
            {
                await RunOnceAsync(source, stopping).ConfigureAwait(false);
                await Task.Delay(Pauses.Before(run), _time, stopping).ConfigureAwait(false);
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // The node stops, and the source may stop in any way.
        }
    }

    private async Task RunOnceAsync(WatchedSource source, CancellationToken stopping)
    {
        source.Asked();
        try
        {
            await foreach (var found in source.Source.FindAsync(stopping).ConfigureAwait(false))
                source.Found(found, TryJoin(found));
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            source.Failed(error.Message);
            SourceFailed(_logger, source.Name, error);
        }
    }

    private bool TryJoin(IPEndPoint found)
    {
        if (found.Port == 0 || PeerAddress.From(found) is not { IsUnicast: true } seed || !_isReachable(seed))
            return false;
        _join(seed);
        return true;
    }

    [LoggerMessage(31, LogLevel.Warning, "A seed source did not stop within {Time}; it is left to itself")]
    private static partial void SourceLingers(ILogger logger, TimeSpan time);

    [LoggerMessage(30, LogLevel.Warning, "Seed source {Source} failed; it is asked again")]
    private static partial void SourceFailed(ILogger logger, string source, Exception error);
}
