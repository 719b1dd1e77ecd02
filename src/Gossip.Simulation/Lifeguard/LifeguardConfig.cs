using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// The five configurations of Lifeguard's paper (§V-B), from options alone, and this library's own defaults. The paper's five spread news
/// at the pace of the implementation that the paper measured, and differ from each other in detection only. All use this library's repair.
/// </summary>
internal sealed class LifeguardConfig
{
    private LifeguardConfig(string name, Func<NodeOptions, NodeOptions> configure)
    {
        Name = name;
        Configure = configure;
    }

    /// <summary>SWIM alone: a fixed suspicion time-out, no local health, and no suspect is told on purpose.</summary>
    public static LifeguardConfig Swim { get; } = new("swim", Plain);

    /// <summary>SWIM with local-health-aware probing (§IV-A).</summary>
    public static LifeguardConfig LhaProbe { get; } = new("lha-probe", options => Plain(options) with { LocalHealthLimit = 8 });

    /// <summary>SWIM with dynamic suspicion (§IV-B).</summary>
    public static LifeguardConfig LhaSuspicion { get; } =
        new("lha-suspicion", options => Plain(options) with { SuspicionBeta = 6, SuspicionConfirmations = 3 });

    /// <summary>SWIM with the buddy system (§IV-C).</summary>
    public static LifeguardConfig Buddy { get; } = new("buddy", options => Plain(options) with { TellSuspects = true });

    /// <summary>All three.</summary>
    public static LifeguardConfig Lifeguard { get; } = new("lifeguard", Whole);

    /// <summary>The defaults of this library.</summary>
    public static LifeguardConfig Default { get; } = new("default", options => options);

    /// <summary>All configurations, in the paper's order.</summary>
    public static IReadOnlyList<LifeguardConfig> All { get; } = [Swim, LhaProbe, LhaSuspicion, Buddy, Lifeguard, Default];

    /// <summary>Its name in the harness.</summary>
    public string Name { get; }

    /// <summary>What it changes in a node's options.</summary>
    public Func<NodeOptions, NodeOptions> Configure { get; }

    /// <summary>This configuration with a change, for a trial.</summary>
    public LifeguardConfig With(string name, Func<NodeOptions, NodeOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new LifeguardConfig(name, options => change(Configure(options)));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>
    /// The paper's time-outs (memberlist's for a LAN), α = 5, and nothing of Lifeguard. Gossip goes to three members every 200 ms, and each
    /// sends a rumour 12 times (n = 128): if news were everywhere at once, the buddy system could not be quicker.
    /// </summary>
    private static NodeOptions Plain(NodeOptions options) => options with
    {
        CoordinateProbes = false,
        ShortestProbeTimeout = TimeSpan.FromMilliseconds(500),
        ProbeTimeout = TimeSpan.FromMilliseconds(500),
        ProbeWindow = TimeSpan.FromSeconds(1),
        SuspicionAlpha = 5,
        SuspicionBeta = 1,
        SuspicionConfirmations = 0,
        LocalHealthLimit = 0,
        TellSuspects = false,
        StallAwareness = false,
        Witnesses = 0,
        VerifyVerdicts = false,
        DemoteDeaths = false,
        MarkOutOfReach = false,
        Fanout = 3,
        GossipPace = TimeSpan.FromMilliseconds(200),
        GossipAtOnce = false,
        TransmitMultiplier = 5.6,
    };

    private static NodeOptions Whole(NodeOptions options) => Plain(options) with
    {
        SuspicionBeta = 6,
        SuspicionConfirmations = 3,
        LocalHealthLimit = 8,
        TellSuspects = true,
    };
}
