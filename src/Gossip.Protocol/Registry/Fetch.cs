namespace Gossip.Protocol;

/// <summary>Records that were asked for by stream: up to which version, and until when no other member is asked.</summary>
internal sealed record Fetch(ulong Version, Instant Until);
