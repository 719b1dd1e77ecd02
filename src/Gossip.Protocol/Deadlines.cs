namespace Gossip.Protocol;

/// <summary>What a node may be waiting for. Each has one slot, so changing one's mind overwrites it and no timer fires stale.</summary>
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
}

/// <summary>The node's only timers: one moment per <see cref="Deadline"/>.</summary>
internal sealed class Deadlines
{
    private readonly Instant[] _slots = new Instant[Enum.GetValues<Deadline>().Length];

    public Deadlines() => Array.Fill(_slots, Instant.Never);

    /// <summary>
    /// The deadlines that do not fire, a bit each: what a thread that hangs would do elsewhere. A node here has no threads, so only the
    /// simulator of Lifeguard's anomaly holds any.
    /// </summary>
    public int Held { get; set; }

    /// <summary>The earliest deadline, those that are held included.</summary>
    public Instant EarliestOfAll
    {
        get
        {
            var earliest = Instant.Never;
            foreach (var slot in _slots)
                earliest = Instant.Earlier(earliest, slot);
            return earliest;
        }
    }

    public Instant this[Deadline deadline]
    {
        get => _slots[(int)deadline];
        set => _slots[(int)deadline] = value;
    }

    /// <summary>The earliest deadline that may fire.</summary>
    public Instant Earliest
    {
        get
        {
            if (Held == 0)
                return EarliestOfAll;
            var earliest = Instant.Never;
            for (var slot = 0; slot < _slots.Length; slot++)
                earliest = IsHeld(slot) ? earliest : Instant.Earlier(earliest, _slots[slot]);
            return earliest;
        }
    }

    /// <summary>Whether the deadline is reached; then it is cleared.</summary>
    public bool TakeDue(Deadline deadline, Instant now)
    {
        if (_slots[(int)deadline] > now || IsHeld((int)deadline))
            return false;
        _slots[(int)deadline] = Instant.Never;
        return true;
    }

    /// <summary>Brings a deadline forward; a later moment than the set one changes nothing.</summary>
    public void Hasten(Deadline deadline, Instant moment) => this[deadline] = Instant.Earlier(this[deadline], moment);

    private bool IsHeld(int slot) => (Held & (1 << slot)) != 0;
}
