namespace Gossip.Simulation;

/// <summary>What the runs of the experiment consist of.</summary>
internal enum LifeguardRuns
{
    /// <summary>One anomaly, to measure how long it must last to be seen as a failure.</summary>
    Threshold,

    /// <summary>Anomaly after anomaly, with an interval of health between them.</summary>
    Interval,
}

/// <summary>The values that the experiment runs through; each combination is run once per repetition.</summary>
/// <param name="Members">The size of the cluster.</param>
/// <param name="Anomalous">How many members have the anomaly (the paper's C).</param>
/// <param name="Blocked">How long an anomaly lasts, in milliseconds (D).</param>
/// <param name="Normal">How long the interval between two anomalies is, in milliseconds (I); for interval runs only.</param>
internal sealed record LifeguardGrid(
    int Members, IReadOnlyList<int> Anomalous, IReadOnlyList<int> Blocked, IReadOnlyList<int> Normal)
{
    /// <summary>The paper's grid (§V-C): 54 threshold runs and 432 interval runs per repetition.</summary>
    public static LifeguardGrid Full { get; } = new(
        128, [1, 4, 8, 12, 16, 20, 24, 28, 32], [128, 512, 2_048, 8_192, 16_384, 32_768], [1, 4, 16, 64, 256, 1_024, 4_096, 16_384]);

    /// <summary>A part of it that shows the same order in minutes: 9 threshold runs and 27 interval runs per repetition.</summary>
    public static LifeguardGrid Reduced { get; } = new(128, [4, 16, 32], [2_048, 16_384, 32_768], [4, 256, 4_096]);

    /// <summary>"full", "reduced" or, for any other, "custom": figures of different grids do not compare.</summary>
    public string Name => this == Full ? "full" : this == Reduced ? "reduced" : "custom";
}
