namespace Gossip.Protocol;

/// <summary>What became of a packet.</summary>
/// <param name="Dropped">Why it was dropped unopened; null for a packet that was opened, even if its messages were bad.</param>
/// <param name="IsAnswer">
/// Whether it answers a question of this node with the token that only the peer at that address can know. Nothing less shows that a peer
/// lives, since a packet may be a recording.
/// </param>
/// <param name="IsStale">Whether it is sealed and stale: most likely a recording.</param>
/// <param name="KeyId">The key that sealed it, by which its sender is asked in turn; 0 for none.</param>
internal readonly record struct PacketOutcome(DropReason? Dropped, bool IsAnswer = false, bool IsStale = false, uint KeyId = 0);
