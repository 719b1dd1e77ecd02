namespace Gossip.Protocol;

/// <summary>
/// A named set of options. Presets are named for what they tolerate, not for networks: how long a process may stop (a garbage collection, a
/// frozen container, a virtual machine that migrates) before the others hold it dead. More patience means that a silent host is held dead
/// later; a process that crashes while its host lives is known dead equally soon with each of them.
/// </summary>
internal sealed class Preset
{
    private readonly TimeSpan _floor;
    private readonly double _beta;

    private Preset(string name, int tolerates, TimeSpan floor, double beta)
    {
        Name = name;
        Tolerates = TimeSpan.FromSeconds(tolerates);
        _floor = floor;
        _beta = beta;
    }

    /// <summary>The default: α = 2 probe intervals are 2 s.</summary>
    public static Preset Pauses2s { get; } = new("pauses-2s", 2, TimeSpan.Zero, 6);

    /// <summary>For processes with large heaps and stop-the-world collections.</summary>
    public static Preset Pauses5s { get; } = new("pauses-5s", 5, TimeSpan.FromSeconds(5), 3);

    /// <summary>For overcommitted machines, and for containers that are frozen for a snapshot.</summary>
    public static Preset Pauses15s { get; } = new("pauses-15s", 15, TimeSpan.FromSeconds(15), 2);

    /// <summary>For virtual machines that migrate between hosts, and for debuggers.</summary>
    public static Preset Pauses30s { get; } = new("pauses-30s", 30, TimeSpan.FromSeconds(30), 1.5);

    /// <summary>All presets, the least patient first.</summary>
    public static IReadOnlyList<Preset> All { get; } = [Pauses2s, Pauses5s, Pauses15s, Pauses30s];

    /// <summary>Its name in the configuration.</summary>
    public string Name { get; }

    /// <summary>The longest pause of a process after which no healthy member holds it dead.</summary>
    public TimeSpan Tolerates { get; }

    /// <summary>The preset of a name; null when there is none.</summary>
    public static Preset? Find(string name) => All.FirstOrDefault(preset => preset.Name == name);

    /// <summary>
    /// Options with the patience of this preset. The factor by which a suspicion with a lone accuser lasts longer falls as the floor rises,
    /// since that doubt is worth seconds, not minutes.
    /// </summary>
    public NodeOptions ApplyTo(NodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { SuspicionFloor = _floor, SuspicionBeta = _beta };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
