using System.Net;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// Runs all seed sources for as long as the node lives, and hands what they find to the node, which ignores addresses where it knows a
/// live member. A source that ends is asked again after a while; one that fails is logged, and asked again.
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
    private Task _running = Task.CompletedTask;
    private int _disposed;

    /// <param name="join">Takes every address found.</param>
    /// <param name="isReachable">Whether the node's socket can send to an address at all.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="logger">Told of failures.</param>
    public SeedPipeline(Action<PeerAddress> join, Func<PeerAddress, bool> isReachable, TimeProvider time, ILogger logger)
    {
        _join = join;
        _isReachable = isReachable;
        _time = time;
        _logger = logger;
    }

    /// <summary>Between two runs of a source.</summary>
    internal Backoff Pauses { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    public void Start(IEnumerable<ISeedSource> sources) =>
        _running = Task.WhenAll(sources.Select(source => Task.Run(() => RunAsync(source))).ToArray());

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

    private async Task RunAsync(ISeedSource source)
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
            // The node stops, and so may the source, in whatever way it likes.
        }
    }

    private async Task RunOnceAsync(ISeedSource source, CancellationToken stopping)
    {
        try
        {
            await foreach (var found in source.FindAsync(stopping).ConfigureAwait(false))
                Join(found);
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            SourceFailed(_logger, source.GetType().Name, error);
        }
    }

    private void Join(IPEndPoint found)
    {
        if (found.Port == 0)
            return;
        var seed = PeerAddress.From(found);
        if (!seed.IsAny && _isReachable(seed))
            _join(seed);
    }

    [LoggerMessage(31, LogLevel.Warning, "A seed source did not stop within {Time}; it is left to itself")]
    private static partial void SourceLingers(ILogger logger, TimeSpan time);

    [LoggerMessage(30, LogLevel.Warning, "Seed source {Source} failed; it is asked again")]
    private static partial void SourceFailed(ILogger logger, string source, Exception error);
}
