using System.Runtime.CompilerServices;

namespace Gossip.Protocol;

/// <summary>What a node may be waiting for. Each has one slot, so a changed deadline overwrites it and no timer fires stale.</summary>
internal enum Deadline
{
    ProbeRound,
    ProbeStep,
    Suspicion,
    Relay,
    Gossip,
    Revive,
    Reap,
    Proof,
    Load,
    Compare,
    Question,
    Seed,
    Inspection,
    Lease,
}

/// <summary>The node's only timers: one moment per <see cref="Deadline"/>.</summary>
internal sealed class Deadlines
{
    private Slots _slots;

    public Deadlines() => ((Span<Instant>)_slots).Fill(Instant.Never);

    /// <summary>
    /// The deadlines that do not fire, a bit each: the effect of a thread that hangs. A node has no threads, so only the simulation of
    /// Lifeguard's anomaly holds any.
    /// </summary>
    public int Held { get; set; }

    /// <summary>The earliest deadline, those that are held included; cached, since it is read with every packet.</summary>
    public Instant EarliestOfAll { get; private set; } = Instant.Never;

    public Instant this[Deadline deadline]
    {
        get => _slots[(int)deadline];
        set
        {
            ref var slot = ref _slots[(int)deadline];
            var wasEarliest = slot == EarliestOfAll;
            slot = value;
            if (value <= EarliestOfAll)
                EarliestOfAll = value;
            else if (wasEarliest)
                EarliestOfAll = EarliestBesides(0);
        }
    }

    /// <summary>The earliest deadline that may fire.</summary>
    public Instant Earliest => Held == 0 ? EarliestOfAll : EarliestBesides(Held);

    /// <summary>Whether the deadline is reached; then it is cleared.</summary>
    public bool TakeDue(Deadline deadline, Instant now)
    {
        if (_slots[(int)deadline] > now || (Held & (1 << (int)deadline)) != 0)
            return false;
        this[deadline] = Instant.Never;
        return true;
    }

    /// <summary>Brings a deadline forward; a later moment than the set one changes nothing.</summary>
    public void Hasten(Deadline deadline, Instant moment) => this[deadline] = Instant.Earlier(this[deadline], moment);

    private Instant EarliestBesides(int held)
    {
        var earliest = Instant.Never;
        for (var slot = 0; slot < Slots.Count; slot++)
            earliest = (held & (1 << slot)) != 0 ? earliest : Instant.Earlier(earliest, _slots[slot]);
        return earliest;
    }

    [InlineArray(Count)]
    private struct Slots
    {
        public const int Count = (int)Deadline.Lease + 1;

        private Instant _first;
    }
}
