namespace Gossip.Benchmarks.Endurance;

/// <summary>What a run does.</summary>
/// <param name="Processes">How many services there are.</param>
/// <param name="Length">How long they change.</param>
/// <param name="Seed">From which it follows who changes how, and how long after the change before; what the machine makes of it does not.</param>
internal sealed record EndurancePlan(int Processes, TimeSpan Length, int Seed)
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(30);

    /// <summary>One in three neither dies nor is stopped: what grows in these is no matter of starting.</summary>
    public int Controls => Processes / 3;

    /// <summary>Between two samples: so short that the second half of a short run has twenty of them.</summary>
    public TimeSpan Interval => Length / 40 < LongestInterval ? Length / 40 : LongestInterval;

    /// <summary>Between two ends or stops of processes, on average.</summary>
    public TimeSpan Churn { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two changes of records, on average.</summary>
    public TimeSpan Orders { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that a process stays away.</summary>
    public TimeSpan Absence { get; } = TimeSpan.FromSeconds(20);

    /// <summary>A stop that nobody may take for a death, and one that all may.</summary>
    public TimeSpan ShortStop { get; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="ShortStop"/>
    public TimeSpan LongStop { get; } = TimeSpan.FromSeconds(12);
}
