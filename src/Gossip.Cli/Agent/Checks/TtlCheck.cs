using Gossip.Diagnostics;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// What the service reports itself, again and again: a report that is too old is a failure. One to the agent before this one counts as if
/// it had come at the start, since a service could not report while no agent ran; but only once, by when it really came.
/// </summary>
internal sealed class TtlCheck : IKeptCheck
{
    private readonly TimeSpan _ttl;
    private readonly TimeProvider _time;
    private Report? _last;

    /// <param name="ttl">How long a report is good for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="kept">What the agent before this one kept; null for nothing.</param>
    public TtlCheck(TimeSpan ttl, TimeProvider time, KeptCheck? kept = null)
    {
        (_ttl, _time) = (ttl, time);
        // One from the future was made before somebody set the clock back: nobody knows how old it is.
        if (kept is { Report: { } result } && time.GetUtcNow() - kept.At is var age && age >= TimeSpan.Zero && age <= ttl)
            _last = new Report(result, time.GetTimestamp(), kept.At);
    }

    public KeptCheck? Kept => Volatile.Read(ref _last) is { } last ? new(last.ToldAt, last.Result, null) : null;

    /// <summary>Takes a report over; it counts with the next run.</summary>
    public void Take(CheckResult result) => Volatile.Write(ref _last, new Report(result, _time.GetTimestamp(), _time.GetUtcNow()));

    public ValueTask<CheckResult> RunAsync(CancellationToken cancellation) => ValueTask.FromResult(Volatile.Read(ref _last) switch
    {
        null => new CheckResult(CheckStatus.Fail, $"no report yet; one is due every {PlainText.Of(_ttl)}"),
        var last when _time.GetElapsedTime(last.At) > _ttl =>
            new(CheckStatus.Fail, $"no report for {PlainText.Of(_time.GetElapsedTime(last.At))}; one is due every {PlainText.Of(_ttl)}"),
        var last => last.Result,
    });

    private sealed record Report(CheckResult Result, long At, DateTimeOffset ToldAt);
}
