namespace Gossip.Simulation;

/// <summary>What the experiment measured. Times are in virtual seconds, null where nothing was observed.</summary>
internal sealed record LifeguardResult
{
    /// <summary>The configuration.</summary>
    public required string Config { get; init; }

    /// <summary>What the runs consist of.</summary>
    public required LifeguardRuns Runs { get; init; }

    /// <summary>Which grid was run through: "full", "reduced" or, where some of its values were chosen, "custom".</summary>
    public required string Grid { get; init; }

    /// <summary>Repetitions of the grid.</summary>
    public required int Reps { get; init; }

    /// <summary>Runs made.</summary>
    public required int RunCount { get; init; }

    /// <summary>Failure events, at any member, about a member without anomaly (the paper's FP).</summary>
    public required long Fp { get; init; }

    /// <summary>Those of them raised at a member without anomaly (the paper's FP−).</summary>
    public required long FpMinus { get; init; }

    /// <summary>How many anomalous members any node held dead.</summary>
    public required int Detected { get; init; }

    /// <summary>From the anomaly's start to the first failure event about the anomalous member at another: the median.</summary>
    public double? FirstDetectP50S { get; init; }

    /// <inheritdoc cref="FirstDetectP50S"/>
    public double? FirstDetectP99S { get; init; }

    /// <inheritdoc cref="FirstDetectP50S"/>
    public double? FirstDetectP999S { get; init; }

    /// <summary>From the anomaly's start until all members without anomaly held the anomalous one dead: the median.</summary>
    public double? FullP50S { get; init; }

    /// <inheritdoc cref="FullP50S"/>
    public double? FullP99S { get; init; }

    /// <inheritdoc cref="FullP50S"/>
    public double? FullP999S { get; init; }

    /// <summary>Packets sent from the anomaly's start on.</summary>
    public required long Messages { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>A hash of everything that happened in all runs, in hexadecimal.</summary>
    public required string Transcript { get; init; }

    /// <summary>How long the runs took in real time.</summary>
    public required double WallS { get; init; }

    /// <summary>Events simulated per second of real time.</summary>
    public required double EventsPerS { get; init; }
}
