using Gossip.Diagnostics;

namespace Gossip.Cli.Agent.Checks;

/// <summary>What the service reports itself, again and again: a report that is too old is a failure.</summary>
internal sealed class TtlCheck(TimeSpan ttl, TimeProvider time) : ICheck
{
    private Report? _last;

    /// <summary>Takes a report over; it counts with the next run.</summary>
    public void Take(CheckResult result) => Volatile.Write(ref _last, new Report(result, time.GetTimestamp()));

    public ValueTask<CheckResult> RunAsync(CancellationToken cancellation) => ValueTask.FromResult(Volatile.Read(ref _last) switch
    {
        null => new CheckResult(CheckStatus.Fail, $"no report yet; one is due every {PlainText.Of(ttl)}"),
        var last when time.GetElapsedTime(last.At) > ttl =>
            new(CheckStatus.Fail, $"no report for {PlainText.Of(time.GetElapsedTime(last.At))}; one is due every {PlainText.Of(ttl)}"),
        var last => last.Result,
    });

    private sealed record Report(CheckResult Result, long At);
}
