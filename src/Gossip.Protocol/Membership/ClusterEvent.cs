namespace Gossip.Protocol;

/// <summary>What happened in the cluster, as this node sees it.</summary>
public enum ClusterEventKind
{
    /// <summary>A member is new, or is back from the dead.</summary>
    MemberJoined,

    /// <summary>A member changed its name, address or zone.</summary>
    MemberUpdated,

    /// <summary>A member is suspected.</summary>
    MemberSuspected,

    /// <summary>A suspicion was refuted.</summary>
    MemberRefuted,

    /// <summary>A member is held dead.</summary>
    MemberDied,

    /// <summary>A member said goodbye.</summary>
    MemberLeft,

    /// <summary>A dead or gone member was dropped from the table.</summary>
    MemberForgotten,

    /// <summary>The services of the member changed, or became visible or invisible with it.</summary>
    ServicesChanged,

    /// <summary>The node has the state of the cluster for the first time.</summary>
    Synchronized,

    /// <summary>Another live member answers to this node's name.</summary>
    NameConflict,

    /// <summary>Another live member claims this node's address.</summary>
    AddressConflict,
}

/// <summary>On what grounds a member is suspected or held dead. The numbers travel.</summary>
public enum Evidence : byte
{
    /// <summary>None: the event is no accusation.</summary>
    None = 0,

    /// <summary>Neither the direct probe nor the relayed ones were answered (SWIM §3.1).</summary>
    Silence = 1,

    /// <summary>The host answered that nobody listens there: the process is gone.</summary>
    Refused = 2,

    /// <summary>Another process answers at the member's address.</summary>
    Replaced = 3,
}

/// <summary>Something that happened. <see cref="Member"/> is the live object of the table: read it during the call.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When, on this node's clock.</param>
/// <param name="Member">Of whom.</param>
/// <param name="Evidence">On what grounds, for accusations.</param>
/// <param name="Accuser">Who said so first, for accusations.</param>
public readonly record struct ClusterEvent(
    ClusterEventKind Kind, Instant At, Member Member, Evidence Evidence = Evidence.None, MemberId Accuser = default);
