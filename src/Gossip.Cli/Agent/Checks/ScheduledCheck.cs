using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// A check with what is known by it. One result says little: better ones count after so many in a row, and so do worse ones; only an end
/// counts at once. The scheduler alone writes it, and anybody may read <see cref="Report"/>.
/// </summary>
internal sealed class ScheduledCheck(CheckDefinition definition, ICheck check)
{
    private CheckReport _report = new(CheckStatus.Unknown, "", default, null, 0);
    private int _inRow;
    private bool _isBetter;

    public CheckDefinition Definition { get; } = definition;

    public ICheck Check { get; } = check;

    public CheckReport Report => Volatile.Read(ref _report);

    /// <summary>When it runs next, by the scheduler's clock.</summary>
    public long Due { get; set; }

    /// <summary>Of several that are due at one moment the lowest runs first; no two have the same, but 0 before the first turn.</summary>
    public long Turn { get; set; }

    public bool IsRunning { get; set; }

    public bool IsRemoved { get; set; }

    /// <summary>Whether it was asked for while it ran, and so runs again at once.</summary>
    public bool RunsAgain { get; set; }

    /// <summary>Ends the run that is under way.</summary>
    public CancellationTokenSource? Running { get; set; }

    /// <summary>Takes over a result.</summary>
    /// <returns>Whether the status is another now.</returns>
    public bool Apply(CheckResult result, DateTimeOffset at)
    {
        var before = Report;
        var counts = Counts(before.Status, result.Status);
        var (after, because) = counts ? (result.Status, result.FirstLine) : (before.Status, before.Because);
        Volatile.Write(ref _report, new CheckReport(after, because, result, at, before.Runs + 1));
        if (counts)
            _inRow = 0;
        return counts;
    }

    private bool Counts(CheckStatus now, CheckStatus found)
    {
        if (found == now)
        {
            _inRow = 0;
            return false;
        }

        // Who stops a service, and whoever saw its end, are no measurement that a second one could contradict.
        if (found is CheckStatus.Gone or CheckStatus.Stopping)
            return true;
        var isBetter = now == CheckStatus.Unknown ? found < CheckStatus.Fail : found < now;
        _inRow = _inRow > 0 && _isBetter == isBetter ? _inRow + 1 : 1;
        _isBetter = isBetter;
        return _inRow >= (isBetter ? Definition.HealthyAfter : Definition.UnhealthyAfter);
    }
}

/// <summary>What is known by a check.</summary>
/// <param name="Status">What counts.</param>
/// <param name="Because">What the result said by which that came to count. It stays while the status does, so that the cluster is not told
/// of each new wording.</param>
/// <param name="Last">The last result, which may not count yet.</param>
/// <param name="At">When that came; null before the first.</param>
/// <param name="Runs">How often it has run.</param>
internal sealed record CheckReport(CheckStatus Status, string Because, CheckResult Last, DateTimeOffset? At, long Runs);
