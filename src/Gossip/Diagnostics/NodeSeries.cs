using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>
/// What the node did in the last quarter of an hour, in steps of the same length: what the page draws. The loop notes and takes; the steps
/// follow the node's clock, so they are the same whether somebody looks or not.
/// </summary>
internal sealed class NodeSeries
{
    /// <summary>Steps that are kept: a quarter of an hour, in about 35 kB.</summary>
    public const int Most = 180;

    /// <summary>Round trips of one step that are kept for its median: one probe a round, and a few more in trouble.</summary>
    private const int MostRoundTrips = 64;

    /// <summary>The length of a step.</summary>
    public static readonly TimeSpan StepTime = TimeSpan.FromSeconds(5);

    private readonly SeriesStep?[] _steps = new SeriesStep?[Most];
    private readonly double[] _roundTrips = new double[MostRoundTrips];
    private int _trips;
    private TimeSpan _longestTurn;
    private TimeSpan _latest;

    /// <summary>How many steps have ended.</summary>
    private long _ended;

    private Instant _taken = Instant.Start;
    private SeriesTotals _before;

    /// <summary>A turn has ended.</summary>
    /// <param name="took">How long it took, without its wait.</param>
    public void NoteTurn(TimeSpan took) => _longestTurn = took > _longestTurn ? took : _longestTurn;

    /// <summary>A turn has begun.</summary>
    /// <param name="now">When.</param>
    /// <param name="deadline">When it should have begun at the latest.</param>
    public void NoteDeadline(Instant now, Instant deadline)
    {
        if (now > deadline && now - deadline > _latest)
            _latest = now - deadline;
    }

    /// <summary>A probe was answered directly.</summary>
    public void NoteRoundTrip(TimeSpan roundTrip)
    {
        if (_trips < MostRoundTrips)
            _roundTrips[_trips++] = roundTrip.TotalMilliseconds;
    }

    /// <summary>Whether a step has ended that was not taken.</summary>
    public bool IsDue(Instant now) => now.SinceStart >= (_ended + 1) * StepTime;

    /// <summary>
    /// Takes the step that has ended. Where the loop came so late that more have ended, the last of them has what happened meanwhile, per
    /// second, and the others are gaps.
    /// </summary>
    public void Take(Instant now, in SeriesTotals totals, in SeriesLevels levels)
    {
        var ended = now.SinceStart.Ticks / StepTime.Ticks;
        for (var gap = Math.Max(_ended, ended - Most); gap < ended - 1; gap++)
            _steps[gap % Most] = null;
        _steps[(ended - 1) % Most] = Make(totals, levels, (now - _taken).TotalSeconds);
        (_ended, _taken, _before) = (ended, now, totals);
        (_trips, _longestTurn, _latest) = (0, TimeSpan.Zero, TimeSpan.Zero);
    }

    public SeriesReport Read()
    {
        var first = Math.Max(0, _ended - Most);
        var steps = new SeriesStep?[_ended - first];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = _steps[(first + i) % Most];
        return new SeriesReport(first, steps);
    }

    private SeriesStep Make(in SeriesTotals totals, in SeriesLevels levels, double seconds) => new(
        (totals.PacketsIn - _before.PacketsIn) / seconds,
        (totals.PacketsOut - _before.PacketsOut) / seconds,
        (totals.BytesIn - _before.BytesIn) / seconds,
        (totals.BytesOut - _before.BytesOut) / seconds,
        (totals.Drops - _before.Drops) / seconds,
        (totals.Probes - _before.Probes) / seconds,
        (totals.ProbesFailed - _before.ProbesFailed) / seconds,
        (totals.Calls - _before.Calls) / seconds,
        (totals.CallFailures - _before.CallFailures) / seconds,
        Median(),
        _longestTurn.TotalMilliseconds,
        _latest.TotalMilliseconds,
        levels);

    private double? Median()
    {
        if (_trips == 0)
            return null;
        Array.Sort(_roundTrips, 0, _trips);
        return _roundTrips[_trips / 2];
    }
}
