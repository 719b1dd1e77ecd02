namespace Gossip.Protocol;

/// <summary>What happened in the cluster, as this node sees it.</summary>
internal enum ClusterEventKind
{
    /// <summary>A member is new, or is back from the dead.</summary>
    MemberJoined,

    /// <summary>A member changed its name, address or zone.</summary>
    MemberUpdated,

    /// <summary>A member is suspected.</summary>
    MemberSuspected,

    /// <summary>Another member, by its own evidence, says of a suspect what its accuser said.</summary>
    SuspicionConfirmed,

    /// <summary>
    /// A suspicion was refuted by the suspect itself; no other member can. When the member is this node: it heard an accusation, and
    /// refuted it.
    /// </summary>
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

    /// <summary>Another process says in this node's name what it never said.</summary>
    Impersonated,

    /// <summary>No datagram passes between this node and a live member, though relays or streams do.</summary>
    DatagramsBlocked,

    /// <summary>Datagrams pass again.</summary>
    DatagramsPass,

    /// <summary>A live member refutes what is said of it, but answers nothing that this node asks, by any path.</summary>
    MemberOutOfReach,

    /// <summary>A member that was out of reach has answered.</summary>
    MemberWithinReach,
}

/// <summary>Something that happened. <see cref="Member"/> is the live object of the table: read it during the call.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When, on this node's clock.</param>
/// <param name="Member">The member it happened to.</param>
/// <param name="Testimonies">The testimonies against the member, the first accuser's first: for suspicions, confirmations, refutations,
/// deaths, and returns from the dead.</param>
internal readonly record struct ClusterEvent(
    ClusterEventKind Kind, Instant At, Member Member, IReadOnlyList<Testimony> Testimonies)
{
    /// <summary>Something that happened without an accusation.</summary>
    public ClusterEvent(ClusterEventKind kind, Instant at, Member member)
        : this(kind, at, member, [])
    {
    }

    /// <summary>
    /// Of changed services: what their owner wrote, in its order. Empty where they came or went with their member, or by this node's want
    /// of room. Read it during the call.
    /// </summary>
    public IReadOnlyList<RecordChange> Changes { get; init; } = [];
}
