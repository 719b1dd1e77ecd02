using Gossip.Protocol;

namespace Gossip;

/// <summary>
/// The timings and sizes of the protocol; what is not set keeps the value of the preset, or the default of <see cref="NodeOptions"/>.
/// </summary>
public sealed class GossipProtocolOptions
{
    /// <summary>
    /// The name of a <see cref="Gossip.Protocol.Preset"/>, such as <c>pauses-15s</c>: how long a process may stop without being held dead.
    /// It must be the same on every node, since each judges the others by its own. Settings besides it override it. Default:
    /// <c>pauses-2s</c>.
    /// </summary>
    public string? Preset { get; set; }

    /// <inheritdoc cref="NodeOptions.ProbeInterval"/>
    public TimeSpan? ProbeInterval { get; set; }

    /// <inheritdoc cref="NodeOptions.ProbeTimeout"/>
    public TimeSpan? ProbeTimeout { get; set; }

    /// <inheritdoc cref="NodeOptions.ProbeWindow"/>
    public TimeSpan? ProbeWindow { get; set; }

    /// <inheritdoc cref="NodeOptions.RelayCount"/>
    public int? RelayCount { get; set; }

    /// <inheritdoc cref="NodeOptions.SuspicionAlpha"/>
    public double? SuspicionAlpha { get; set; }

    /// <inheritdoc cref="NodeOptions.SuspicionFloor"/>
    public TimeSpan? SuspicionFloor { get; set; }

    /// <inheritdoc cref="NodeOptions.SuspicionBeta"/>
    public double? SuspicionBeta { get; set; }

    /// <inheritdoc cref="NodeOptions.SuspicionConfirmations"/>
    public int? SuspicionConfirmations { get; set; }

    /// <inheritdoc cref="NodeOptions.RefusedGrace"/>
    public TimeSpan? RefusedGrace { get; set; }

    /// <inheritdoc cref="NodeOptions.LocalHealthLimit"/>
    public int? LocalHealthLimit { get; set; }

    /// <inheritdoc cref="NodeOptions.Fanout"/>
    public int? Fanout { get; set; }

    /// <inheritdoc cref="NodeOptions.TransmitMultiplier"/>
    public double? TransmitMultiplier { get; set; }

    /// <inheritdoc cref="NodeOptions.GossipPace"/>
    public TimeSpan? GossipPace { get; set; }

    /// <inheritdoc cref="NodeOptions.GossipCoalesce"/>
    public TimeSpan? GossipCoalesce { get; set; }

    /// <inheritdoc cref="NodeOptions.ReviveInterval"/>
    public TimeSpan? ReviveInterval { get; set; }

    /// <inheritdoc cref="NodeOptions.ForgetDeadAfter"/>
    public TimeSpan? ForgetDeadAfter { get; set; }

    /// <inheritdoc cref="NodeOptions.ForgetLeftAfter"/>
    public TimeSpan? ForgetLeftAfter { get; set; }

    /// <inheritdoc cref="NodeOptions.DatagramSize"/>
    public int? DatagramSize { get; set; }

    /// <inheritdoc cref="NodeOptions.MaxMembers"/>
    public int? MaxMembers { get; set; }

    /// <inheritdoc cref="NodeOptions.MaxRecordBytes"/>
    public int? MaxRecordBytes { get; set; }

    internal NodeOptions ApplyTo(NodeOptions options)
    {
        var preset = Preset is null ? null : Gossip.Protocol.Preset.Find(Preset);
        return ApplyValuesTo(preset?.ApplyTo(options) ?? options);
    }

    /// <summary>Splits these options into parts that can be wrong independently, so that every mistake is found at once.</summary>
    internal IEnumerable<GossipProtocolOptions> Parts() =>
    [
        new() { ProbeInterval = ProbeInterval, ProbeTimeout = ProbeTimeout, ProbeWindow = ProbeWindow },
        new() { RelayCount = RelayCount },
        new() { SuspicionAlpha = SuspicionAlpha },
        new() { SuspicionFloor = SuspicionFloor },
        new() { SuspicionBeta = SuspicionBeta },
        new() { SuspicionConfirmations = SuspicionConfirmations },
        new() { RefusedGrace = RefusedGrace },
        new() { LocalHealthLimit = LocalHealthLimit },
        new() { Fanout = Fanout },
        new() { TransmitMultiplier = TransmitMultiplier },
        new() { GossipPace = GossipPace },
        new() { GossipCoalesce = GossipCoalesce },
        new() { ReviveInterval = ReviveInterval },
        new() { ForgetDeadAfter = ForgetDeadAfter },
        new() { ForgetLeftAfter = ForgetLeftAfter },
        new() { DatagramSize = DatagramSize },
        new() { MaxMembers = MaxMembers },
        new() { MaxRecordBytes = MaxRecordBytes },
    ];

    private NodeOptions ApplyValuesTo(NodeOptions options) => options with
    {
        ProbeInterval = ProbeInterval ?? options.ProbeInterval,
        ProbeTimeout = ProbeTimeout ?? options.ProbeTimeout,
        ProbeWindow = ProbeWindow ?? options.ProbeWindow,
        RelayCount = RelayCount ?? options.RelayCount,
        SuspicionAlpha = SuspicionAlpha ?? options.SuspicionAlpha,
        SuspicionFloor = SuspicionFloor ?? options.SuspicionFloor,
        SuspicionBeta = SuspicionBeta ?? options.SuspicionBeta,
        SuspicionConfirmations = SuspicionConfirmations ?? options.SuspicionConfirmations,
        RefusedGrace = RefusedGrace ?? options.RefusedGrace,
        LocalHealthLimit = LocalHealthLimit ?? options.LocalHealthLimit,
        Fanout = Fanout ?? options.Fanout,
        TransmitMultiplier = TransmitMultiplier ?? options.TransmitMultiplier,
        GossipPace = GossipPace ?? options.GossipPace,
        GossipCoalesce = GossipCoalesce ?? options.GossipCoalesce,
        ReviveInterval = ReviveInterval ?? options.ReviveInterval,
        ForgetDeadAfter = ForgetDeadAfter ?? options.ForgetDeadAfter,
        ForgetLeftAfter = ForgetLeftAfter ?? options.ForgetLeftAfter,
        DatagramSize = DatagramSize ?? options.DatagramSize,
        MaxMembers = MaxMembers ?? options.MaxMembers,
        MaxRecordBytes = MaxRecordBytes ?? options.MaxRecordBytes,
    };
}
