namespace Gossip.Benchmarks.Endurance;

/// <summary>When each process ran, by the clock of the machine: whether a death that was told was one.</summary>
internal sealed class Lives(TimeProvider time)
{
    /// <summary>A process may stand still for so long, and nobody holds it dead: what docs/OPERATIONS.md promises.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    /// <summary>How long news of a death is still on its way after the stopped process goes on.</summary>
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Life> _byMember = [];

    public string NameOf(string member) => _byMember[member].Name;

    public void Begin(string member, string name) => _byMember[member] = new Life(name);

    public void End(string member) => _byMember[member].Ended = time.GetUtcNow();

    public void Stop(string member) => _byMember[member].Stops.Add((time.GetUtcNow(), DateTimeOffset.MaxValue));

    public void GoOn(string member)
    {
        var stops = _byMember[member].Stops;
        stops[^1] = (stops[^1].From, time.GetUtcNow());
    }

    /// <summary>Whether the member's process ran when it was held dead, and did not stand still for longer than it may.</summary>
    public bool IsFalse(ToldDeath death)
    {
        var life = _byMember[death.Member];
        return death.At < life.Ended
            && !life.Stops.Exists(stop => stop.Until - stop.From > Promised && death.At >= stop.From && death.At - OnItsWay <= stop.Until);
    }

    private sealed class Life(string name)
    {
        public string Name { get; } = name;

        public DateTimeOffset Ended { get; set; } = DateTimeOffset.MaxValue;

        public List<(DateTimeOffset From, DateTimeOffset Until)> Stops { get; } = [];
    }
}
