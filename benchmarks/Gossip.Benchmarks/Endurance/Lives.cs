namespace Gossip.Benchmarks.Endurance;

/// <summary>When each process ran, by the clock of the machine: whether a death that was told was one.</summary>
internal sealed class Lives(TimeProvider time)
{
    /// <summary>A process may stand still for so long, and nobody holds it dead: what docs/OPERATIONS.md promises.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    /// <summary>How long news of a death is still on its way after the process goes on.</summary>
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Life> _byMember = [];

    /// <summary>Spans longer than promised in which a process got no turn from the machine, though nobody stopped it.</summary>
    public IEnumerable<Standstill> Starved => _byMember.Values.SelectMany(life => life.Starved);

    /// <summary>A member that has begun, and how old it was.</summary>
    public string Describe(ToldDeath death)
    {
        var life = _byMember[death.Member];
        return $"{life.Name}, {(death.At - life.Began).TotalSeconds:F0} s after its start,";
    }

    /// <summary>A process has started, and its service is registered.</summary>
    public void Begin(string member, string name) => _byMember[member] = new Life(name, time.GetUtcNow());

    public void End(string member) => _byMember[member].Ended = time.GetUtcNow();

    public void Stop(string member) => _byMember[member].Stops.Add(new Standstill(time.GetUtcNow(), DateTimeOffset.MaxValue));

    public void GoOn(string member)
    {
        var stops = _byMember[member].Stops;
        stops[^1] = stops[^1] with { Until = time.GetUtcNow() };
    }

    /// <summary>What the process itself noted. It notes the stops that were ordered, too.</summary>
    public void Note(string member, Standstill noted)
    {
        var life = _byMember[member];
        if (noted.Length > Promised && !life.Stops.Exists(stop => noted.From <= stop.Until && stop.From <= noted.Until))
            life.Starved.Add(noted);
    }

    /// <summary>Whether the member's process ran when it was held dead, and did not stand still for longer than it may.</summary>
    public bool IsFalse(ToldDeath death) =>
        _byMember.TryGetValue(death.Member, out var life) && death.At >= life.Began && death.At < life.Ended
            && !life.Stops.Concat(life.Starved).Any(still => Excuses(still, death.At));

    private static bool Excuses(in Standstill still, DateTimeOffset death) =>
        still.Length > Promised && death >= still.From && death - OnItsWay <= still.Until;

    private sealed class Life(string name, DateTimeOffset began)
    {
        public string Name { get; } = name;

        public DateTimeOffset Began { get; } = began;

        public DateTimeOffset Ended { get; set; } = DateTimeOffset.MaxValue;

        public List<Standstill> Stops { get; } = [];

        public List<Standstill> Starved { get; } = [];
    }
}
