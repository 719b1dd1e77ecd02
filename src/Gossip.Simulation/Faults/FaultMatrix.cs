using System.Globalization;

namespace Gossip.Simulation;

/// <summary>One row of the fault matrix: what breaks, and with which demand.</summary>
internal sealed class FaultRow
{
    internal FaultRow(int number, string name, string demand, Action<FaultRun> inject, Action<FaultRun>? prepare = null)
    {
        Number = number;
        Name = name;
        MustHold = demand;
        Inject = inject;
        Prepare = prepare ?? (_ => { });
    }

    /// <summary>The number of the row.</summary>
    public int Number { get; }

    /// <summary>What breaks.</summary>
    public string Name { get; }

    /// <summary>What must hold, besides the safety properties and agreement after healing, which every row demands.</summary>
    public string MustHold { get; }

    internal Action<FaultRun> Prepare { get; }

    internal Action<FaultRun> Inject { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number} {Name}");
}

/// <summary>The result of one run.</summary>
/// <param name="Row">Which row.</param>
/// <param name="Seed">From which all of the run follows.</param>
/// <param name="Violations">What did not hold; none for a good run.</param>
/// <param name="Transcript">A hash of everything that happened.</param>
/// <param name="Events">How many things happened.</param>
/// <param name="FalseDeaths">How often a node held a running member dead; some rows allow it.</param>
/// <param name="Agreement">How long agreement took once all was healed.</param>
/// <param name="Bound">How long it may have taken.</param>
/// <param name="Options">What was drawn from the seed, expanded.</param>
internal sealed record FaultOutcome(
    FaultRow Row, ulong Seed, IReadOnlyList<string> Violations, ulong Transcript, long Events, int FalseDeaths, TimeSpan Agreement,
    TimeSpan Bound, string Options)
{
    /// <summary>How to see it again, and what did not hold.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"GOSSIP_SEED={Seed} row={Row.Number} ({Row.Name}) options {Options}: {string.Join("; ", Violations)}");
}

/// <summary>All that can go wrong, one row each: a run breaks what its seed says, heals it, and demands agreement.</summary>
internal static class FaultMatrix
{
    private static readonly int[] Sizes = [3, 16, 128];

    /// <summary>The rows, in order.</summary>
    public static IReadOnlyList<FaultRow> Rows { get; } =
        [.. NetworkRows.All, .. ProcessRows.All, .. StrangeRows.All, .. AddressRows.All, .. RecordRows.All,
            .. AgentRows.All];

    /// <summary>Runs one seed of a row.</summary>
    /// <param name="row">The number of the row.</param>
    /// <param name="seed">From which all follows.</param>
    /// <param name="nodes">How many nodes; 0 lets the seed choose 3, 16 or, seldom, 128.</param>
    /// <exception cref="ArgumentException">There is no such row.</exception>
    public static FaultOutcome Run(int row, ulong seed, int nodes = 0)
    {
        var chosen = Rows.FirstOrDefault(one => one.Number == row)
            ?? throw new ArgumentException($"There is no row {row}; they are 1 to {Rows.Count}.", nameof(row));
        var size = nodes > 0 ? nodes : Sizes[(seed % 10) switch { < 3 => 0, < 9 => 1, _ => 2 }];
        using var run = new FaultRun(seed, size);
        run.World.KeepsObservations = false;
        try
        {
            run.Play(chosen.Prepare, chosen.Inject);
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            run.Safety.Report($"{thrown.GetType().Name}: {thrown.Message} {thrown.StackTrace?.Split('\n')[0].Trim()}");
        }

        return new FaultOutcome(
            chosen, seed, [.. run.Safety.Violations], run.World.Transcript, run.World.Events, run.Safety.FalseDeaths.Count, run.Took,
            run.Bound, run.Options);
    }
}
