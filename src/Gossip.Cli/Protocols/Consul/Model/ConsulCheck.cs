using System.Globalization;
using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>What a check says now.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Output">What was said with it.</param>
/// <param name="At">When, by the clock's ticks.</param>
/// <param name="HasLapsed">Whether it says so because nobody has reported in time.</param>
internal sealed record CheckState(string Status, string Output, long At, bool HasLapsed = false);

/// <summary>
/// A check with Consul's rules: its status is known from the start, a report is in force at once, a report that is not repeated lapses, and
/// of what is asked for again and again so many answers in a row count, but one at the start. The agent's scheduler runs it, and what it
/// says then is what the cluster is told.
/// </summary>
internal sealed class ConsulCheck : ICheck
{
    /// <summary>Letters of an output that are kept; how much there was is written behind them.</summary>
    public const int MostOutput = CheckResult.MostOutput;

    private static long _sequence;

    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, ValueTask<(string Status, string Output)>>? _look;
    private readonly Action<ConsulCheck> _changed;
    private CheckState _state;
    private int _successes;
    private int _failures;

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
            : new(what.Status.Length > 0 ? what.Status : CheckWords.Critical, what.Output, time.GetTimestamp());
        Key = string.Create(CultureInfo.InvariantCulture, $"{what.CheckID} {Interlocked.Increment(ref _sequence)}");
    }

    public CheckRegistration What { get; }

    /// <summary>Another for each object: the agent's table goes on with a check whose text is the same.</summary>
    public string Key { get; }

    /// <summary>What it says now, whether it has run since or not.</summary>
    public CheckState State
    {
        get
        {
            var state = Volatile.Read(ref _state);
            return What.Type == CheckType.Ttl && !state.HasLapsed && _time.GetElapsedTime(state.At) > What.Ttl ? Lapsed(state) : state;
        }
    }

    /// <summary>Takes over what its client reports.</summary>
    /// <returns>Whether the status is another now.</returns>
    public bool Take(string status, string output) => Set(status, Cut(output));

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
        var seen = Volatile.Read(ref _state);
        var state = State;
        // Whoever reports meanwhile is right, and the lapse is not told.
        if (!ReferenceEquals(seen, state) && ReferenceEquals(Interlocked.CompareExchange(ref _state, state, seen), seen)
            && state.Status != seen.Status)
            _changed(this);
        return new(CheckWords.ToAgent(state.Status), state.Output.Length > 0 ? state.Output : $"it is {state.Status}");
    }

    private async ValueTask LookAsync(
        Func<CancellationToken, ValueTask<(string Status, string Output)>> look, CancellationToken cancellation)
    {
        string status;
        string output;
        try
        {
            (status, output) = await look(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
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

    private static string Cut(string output) => output.Length <= MostOutput
        ? output
        : string.Create(
            CultureInfo.InvariantCulture, $"{output.AsSpan(0, MostOutput)} ... (captured {MostOutput} of {output.Length} bytes)");
}
