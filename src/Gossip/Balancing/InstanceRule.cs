namespace Gossip.Balancing;

/// <summary>
/// The rule by which an instance gets calls of this process, or gets none: the first that leaves it out. The names are those of
/// <c>/why?service=</c>.
/// </summary>
internal enum InstanceRule
{
    /// <summary>It gets its share of the calls.</summary>
    Chosen,

    /// <summary>It says of itself that it is not ready.</summary>
    NotReady,

    /// <summary>It finishes what it has.</summary>
    Draining,

    /// <summary>This node does not reach its node.</summary>
    OutOfReach,

    /// <summary>All of its endpoints are refused.</summary>
    RefusedEndpoint,

    /// <summary>It lacks the endpoint that the query names.</summary>
    Endpoint,

    /// <summary>Its version is not one that the query wants.</summary>
    Version,

    /// <summary>It lacks the tag that the query names.</summary>
    Tag,

    /// <summary>It is in another zone than the query names, or than the caller, whose own zone bears the calls.</summary>
    Zone,

    /// <summary>It is in another region than the query names.</summary>
    Region,

    /// <summary>It is part of another environment than the query names.</summary>
    Environment,

    /// <summary>The application's own condition does not hold for it, or others are preferred.</summary>
    Predicate,

    /// <summary>It failed this process, which passes it over for a while.</summary>
    Ejected,

    /// <summary>It asks to be spared, and the ready ones bear its calls.</summary>
    Degraded,

    /// <summary>It is not among the few that this process calls.</summary>
    Subset,

    /// <summary>So many calls of this process wait for it that those of its zone go to others elsewhere.</summary>
    Busy,

    /// <summary>Its weight is 0, and that of others is not.</summary>
    Weight,

    /// <summary>The configuration names the addresses of the service, so the cluster is not asked.</summary>
    Static,

    /// <summary>There was no room for the records of its node.</summary>
    NotHeld,

    /// <summary>Its node is held dead.</summary>
    Dead,

    /// <summary>Its node has said goodbye.</summary>
    Left,
}
