using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>Something that happened, as a copy that may be kept.</summary>
/// <param name="At">When, by this node's wall clock.</param>
/// <param name="Kind">What.</param>
/// <param name="Id">Of whom.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address.</param>
/// <param name="Evidence">On what grounds, for accusations.</param>
/// <param name="Accuser">The name of who said so first, or its id when it is not known here; null when it is no accusation.</param>
internal sealed record NodeEvent(
    DateTimeOffset At, ClusterEventKind Kind, MemberId Id, string Name, PeerAddress Address, Evidence Evidence, string? Accuser);
