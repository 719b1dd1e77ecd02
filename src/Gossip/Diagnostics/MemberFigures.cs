using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>What a node has measured of a member, and been told by it: it changes without making a snapshot.</summary>
/// <param name="RoundTrip">How long its answers take, smoothed; null before the first.</param>
/// <param name="Load">How busy it says it is; null where it says nothing, or said it long ago.</param>
/// <param name="IsIndirect">Whether only relays or streams reach it.</param>
internal readonly record struct MemberFigures(TimeSpan? RoundTrip, Load? Load, bool IsIndirect);
