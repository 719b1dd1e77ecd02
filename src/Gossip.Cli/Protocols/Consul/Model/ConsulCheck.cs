using System.Globalization;
using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>What a check says now.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Output">What was said with it.</param>
/// <param name="At">When, by the clock's ticks.</param>
/// <param name="HasLapsed">Whether it says so because nobody has reported in time.</param>
/// <param name="ToldAt">When its client told it; null where it did not.</param>
internal sealed record CheckState(string Status, string Output, long At, bool HasLapsed = false, DateTimeOffset? ToldAt = null);

/// <summary>
/// A check with Consul's rules: its status is known from the start, a report is in force at once, a report that is not repeated lapses, and
/// of what is asked for again and again so many answers in a row count, but one at the start. The agent's scheduler runs it, and what it
/// says then is what the cluster is told.
/// </summary>
internal sealed class ConsulCheck : IKeptCheck
{
    /// <summary>The agent's scheduler waits so much longer than the check itself, whose failures count as its client asked for.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Letters of an output that are kept; how much there was is written behind them.</summary>
    public const int MostOutput = CheckResult.MostOutput;

    private static long _sequence;

    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, ValueTask<(string Status, string Output)>>? _look;
    private readonly Action<ConsulCheck> _changed;
    private CheckState _state;
    private int _successes;
    private int _failures;
    private bool _isAwaited;

    /// <param name="what">What it is.</param>
    /// <param name="before">The check of that id before, whose status stays; null for none.</param>
    /// <param name="look">Finds its status out; null where its client tells it.</param>
    /// <param name="time">The clock of reports.</param>
    /// <param name="changed">Called, by any thread, when its status is another.</param>
    public ConsulCheck(
        CheckRegistration what, ConsulCheck? before, Func<CancellationToken, ValueTask<(string Status, string Output)>>? look,
        TimeProvider time, Action<ConsulCheck> changed)
    {
        (What, _look, _time, _changed) = (what, look, time, changed);
        (_successes, _failures) = (what.SuccessBeforePassing, what.FailuresBeforeCritical);
        _state = before?._state is { } known
            ? known with { At = time.GetTimestamp() }
            : new(what.Status.Length > 0 ? what.Status : CheckWords.Critical, Cut(what.Output), time.GetTimestamp());
        Key = string.Create(CultureInfo.InvariantCulture, $"{what.CheckID} {Interlocked.Increment(ref _sequence)}");
    }

    public CheckRegistration What { get; }

    /// <summary>Another for each object: the agent's table goes on with a check whose text is the same.</summary>
    public string Key { get; }

    /// <summary>What it says now, whether it has run since or not.</summary>
    public CheckState State => Now(Volatile.Read(ref _state));

    public KeptCheck? Kept => Volatile.Read(ref _state) is { ToldAt: { } at, HasLapsed: false } told
        ? new(at, new(CheckWords.ToAgent(told.Status), told.Output), null)
        : null;

    /// <summary>
    /// Goes on with what the agent before this one knew. Its last report counts as if it had come now, since nobody could report while no
    /// agent ran; and without one that is still good the check is awaited for as long as a report is good for.
    /// </summary>
    /// <param name="kept">What was kept; null for nothing.</param>
    public void Resume(KeptCheck? kept)
    {
        if (What.Type != CheckType.Ttl)
            return;
        // One from the future was made before somebody set the clock back: nobody knows how old it is.
        if (kept is { Report: { } report } && _time.GetUtcNow() - kept.At is var age && age >= TimeSpan.Zero && age <= What.Ttl)
            _state = new(CheckWords.Of(report.Status), report.Output ?? "", _time.GetTimestamp(), ToldAt: kept.At);
        else
            _isAwaited = true;
    }

    /// <summary>Takes over what its client reports.</summary>
    /// <returns>Whether the status is another now.</returns>
    public bool Take(string status, string output)
    {
        // What has lapsed may have been seen, though nobody has told it yet.
        var seen = State.Status;
        Volatile.Write(ref _isAwaited, false);
        var before = Interlocked.Exchange(ref _state, new(status, Cut(output), _time.GetTimestamp(), ToldAt: _time.GetUtcNow()));
        if (seen == status && before.Status == status)
            return false;
        _changed(this);
        return true;
    }

    /// <summary>Its time begins anew, as when its service is registered again.</summary>
    public void Renew()
    {
        var state = State;
        if (!state.HasLapsed)
            Interlocked.CompareExchange(ref _state, state with { At = _time.GetTimestamp() }, state);
    }

    public async ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        if (_look is not null)
            await LookAsync(_look, cancellation).ConfigureAwait(false);
        var state = TellLapse();
        // Of a service that went on while no agent ran nothing is known yet, and it is not held to have failed since.
        if (Volatile.Read(ref _isAwaited) && _time.GetElapsedTime(state.At) <= What.Ttl)
            return new(CheckStatus.Unknown, "no report since the agent has started");
        return new(CheckWords.ToAgent(state.Status), state.Output.Length > 0 ? state.Output : $"it is {state.Status}");
    }

    private CheckState Now(CheckState state) =>
        What.Type == CheckType.Ttl && !state.HasLapsed && _time.GetElapsedTime(state.At) > What.Ttl ? Lapsed(state) : state;

    /// <returns>What it says, by now known to all.</returns>
    private CheckState TellLapse()
    {
        while (true)
        {
            var seen = Volatile.Read(ref _state);
            var state = Now(seen);
            if (ReferenceEquals(seen, state))
                return state;
            // Whoever reports meanwhile is right, and there is no lapse.
            if (!ReferenceEquals(Interlocked.CompareExchange(ref _state, state, seen), seen))
                continue;
            if (state.Status != seen.Status)
                _changed(this);
            return state;
        }
    }

    private async ValueTask LookAsync(
        Func<CancellationToken, ValueTask<(string Status, string Output)>> look, CancellationToken cancellation)
    {
        string status;
        string output;
        using var limit = new CancellationTokenSource(What.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            (status, output) = await look(either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Whoever ends the run does not measure anything.
            cancellation.ThrowIfCancellationRequested();
            (status, output) = (CheckWords.Critical, "context deadline exceeded (Client.Timeout exceeded while awaiting an answer)");
        }
        catch (Exception error)
        {
            (status, output) = (CheckWords.Critical, error.Message);
        }

        var isGood = status != CheckWords.Critical;
        _successes = isGood ? _successes + 1 : 0;
        _failures = isGood ? 0 : _failures + 1;
        if (isGood ? _successes >= What.SuccessBeforePassing : _failures >= What.FailuresBeforeCritical)
            Set(status, Cut(output));
    }

    private bool Set(string status, string output)
    {
        var before = Interlocked.Exchange(ref _state, new(status, output, _time.GetTimestamp()));
        if (before.Status == status)
            return false;
        _changed(this);
        return true;
    }

    private static CheckState Lapsed(CheckState state) => state with
    {
        Status = CheckWords.Critical,
        Output = state.Output.Length == 0 ? "TTL expired" : $"TTL expired (last output before timeout follows): {state.Output}",
        HasLapsed = true,
    };

    /// <summary>An output as far as it is kept.</summary>
    public static string Cut(string output) => output.Length <= MostOutput
        ? output
        : string.Create(
            CultureInfo.InvariantCulture, $"{output.AsSpan(0, MostOutput)} ... (captured {MostOutput} of {output.Length} bytes)");
}
