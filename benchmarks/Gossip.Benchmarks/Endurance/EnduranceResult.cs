namespace Gossip.Benchmarks.Endurance;

/// <summary>What a run showed.</summary>
internal sealed record EnduranceResult
{
    public required int Processes { get; init; }

    public required double Minutes { get; init; }

    public required int Seed { get; init; }

    /// <summary>The mean of the machine's load, over one minute each, at all samples.</summary>
    public required double Load { get; init; }

    /// <summary>The share of the machine's time that its host gave to others, in percent.</summary>
    public required double StealPct { get; init; }

    public required int Samples { get; init; }

    /// <summary>Processes that were killed, that left, and that were stopped for a moment or for long.</summary>
    public required IReadOnlyDictionary<string, int> Churn { get; init; }

    /// <summary>Changes of records.</summary>
    public required int Orders { get; init; }

    /// <summary>How often a process held another dead, rightly or not.</summary>
    public required int DeathsTold { get; init; }

    /// <summary>How often it ran, and did not stand still for longer than it may.</summary>
    public required IReadOnlyList<string> FalseDeaths { get; init; }

    /// <summary>How often the machine gave a process no turn for longer than that, though nobody stopped it.</summary>
    public required int Starved { get; init; }

    /// <summary>The longest of these, in seconds.</summary>
    public required double LongestStarvedS { get; init; }

    /// <summary>What did not agree in the end; null when all saw all.</summary>
    public required string? Disagreement { get; init; }

    /// <summary>Control processes whose handles or threads grew.</summary>
    public required IReadOnlyList<string> Growing { get; init; }

    /// <summary>The second half of the control processes that were made to collect at each sample.</summary>
    public required IReadOnlyDictionary<string, Line> Collected { get; init; }

    /// <summary>The same of those that were left alone, as in production.</summary>
    public required IReadOnlyDictionary<string, Line> LeftAlone { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsWell => FalseDeaths.Count == 0 && Growing.Count == 0 && Disagreement is null;
}
