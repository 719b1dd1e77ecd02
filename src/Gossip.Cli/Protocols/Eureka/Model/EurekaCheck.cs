using System.Globalization;
using Gossip.Cli.Agent.Checks;
using Gossip.Diagnostics;

namespace Gossip.Cli.Protocols.Eureka.Model;

/// <summary>
/// The check of an instance whose client renews it: it says what the client says, and an instance that is not renewed in time has ended. An
/// end is final: whoever renews it then is told that it is not here, and registers anew.
/// </summary>
internal sealed class EurekaCheck : IKeptCheck
{
    /// <summary>Names it among the checks of its definition.</summary>
    public const string Id = "renewal";

    private static long _sequence;

    private readonly TimeProvider _time;
    private Renewal _renewal;
    private volatile EurekaStatus _status;

    /// <param name="duration">For how long a renewal is good.</param>
    /// <param name="status">What callers are told of the instance.</param>
    /// <param name="time">The clock of renewals.</param>
    public EurekaCheck(TimeSpan duration, EurekaStatus status, TimeProvider time)
    {
        (Duration, _status, _time) = (duration, status, time);
        _renewal = new(time.GetTimestamp(), time.GetUtcNow());
        Key = string.Create(CultureInfo.InvariantCulture, $"{Id} {Interlocked.Increment(ref _sequence)}");
    }

    /// <summary>For how long a renewal is good.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Another for each object: the agent's table goes on with a check whose text is the same.</summary>
    public string Key { get; }

    public KeptCheck? Kept => Volatile.Read(ref _renewal) is { ToldAt: { } at, HasEnded: false }
        ? new(at, new(CheckStatus.Pass, "renewed"), null)
        : null;

    /// <summary>
    /// Goes on with what the agent before this one knew. Its last renewal counts as if it had come now, since nobody could renew while no
    /// agent ran; without one that is still good, the instance is awaited for as long as a renewal is good.
    /// </summary>
    /// <param name="kept">What was kept; null for nothing.</param>
    public void Resume(KeptCheck? kept)
    {
        // One from the future was made before somebody set the clock back: nobody knows how old it is.
        var isGood = kept is not null && _time.GetUtcNow() - kept.At is var age && age >= TimeSpan.Zero && age <= Duration;
        _renewal = new(_time.GetTimestamp(), isGood ? kept!.At : null);
    }

    /// <summary>What callers are told from now on; the next run says it.</summary>
    public void Tell(EurekaStatus status) => _status = status;

    /// <summary>The client is there.</summary>
    /// <param name="wasAwaited">Whether it is the first sign of it since the agent has started.</param>
    /// <returns>Whether it came in time.</returns>
    public bool TryRenew(out bool wasAwaited)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _renewal);
            wasAwaited = seen.ToldAt is null;
            if (HasEnded(seen))
                return false;
            // Whoever finds at the same moment that it has ended is right, and it is not renewed.
            if (ReferenceEquals(Interlocked.CompareExchange(ref _renewal, new(_time.GetTimestamp(), _time.GetUtcNow()), seen), seen))
                return true;
        }
    }

    public ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        var seen = Volatile.Read(ref _renewal);
        if (HasEnded(seen))
        {
            var before = Interlocked.CompareExchange(ref _renewal, seen with { HasEnded = true }, seen);
            if (ReferenceEquals(before, seen) || before.HasEnded)
                return ValueTask.FromResult(new CheckResult(CheckStatus.Gone, $"no renewal for {PlainText.Of(Duration)}"));
        }

        return ValueTask.FromResult(seen.ToldAt is null
            ? new CheckResult(CheckStatus.Unknown, "no renewal since the agent has started")
            : Of(_status));
    }

    private bool HasEnded(Renewal renewal) => renewal.HasEnded || _time.GetElapsedTime(renewal.At) > Duration;

    private static CheckResult Of(EurekaStatus status) => new(
        status switch
        {
            EurekaStatus.Up => CheckStatus.Pass,
            EurekaStatus.Starting => CheckStatus.Starting,
            EurekaStatus.OutOfService => CheckStatus.Stopping,
            _ => CheckStatus.Fail,
        },
        $"its status is {EurekaStatusText.Of(status)}");

    /// <param name="At">When it came, by the clock's ticks.</param>
    /// <param name="ToldAt">When it came; null where it is awaited.</param>
    /// <param name="HasEnded">Whether the next one comes too late.</param>
    private sealed record Renewal(long At, DateTimeOffset? ToldAt, bool HasEnded = false);
}
