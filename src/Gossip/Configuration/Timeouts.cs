namespace Gossip.Configuration;

/// <summary>
/// How long to wait, by one rule wherever the public surface takes a timeout: <see cref="TimeSpan.Zero"/> checks once, a longer span is
/// kept exactly, <see cref="TimeSpan.MaxValue"/> included, and <see cref="Timeout.InfiniteTimeSpan"/> has no end. Any other negative span
/// is a mistake. The framework's own waits and timers refuse more than 49 days, and a service may run longer.
/// </summary>
internal static class Timeouts
{
    /// <summary>Below the 2³² milliseconds of the framework's timers: a longer wait is made of several.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromDays(30);

    public static bool IsValid(TimeSpan timeout) => timeout >= TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan;

    /// <summary>A timeout as a span that can be compared and subtracted from: the longest one where it has no end.</summary>
    public static TimeSpan SpanOf(TimeSpan timeout) => timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : timeout;

    /// <summary>
    /// Waits for a task as <see cref="Task.WaitAsync(TimeSpan, TimeProvider, CancellationToken)"/> does, but for any valid timeout.
    /// </summary>
    /// <exception cref="TimeoutException">The time is over.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled, or the task was.</exception>
    public static async Task WaitUpToAsync(this Task task, TimeSpan timeout, TimeProvider time, CancellationToken cancellation = default)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var left = SpanOf(timeout) - time.GetElapsedTime(start);
            var turn = left < LongestTimer ? left : LongestTimer;
            try
            {
                await task.WaitAsync(turn > TimeSpan.Zero ? turn : TimeSpan.Zero, time, cancellation).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) when (turn < left && !task.IsFaulted)
            {
                // Only this turn is over.
            }
        }
    }
}
