namespace Gossip.Diagnostics;

/// <summary>How far this node's own records have spread, by what acks have told.</summary>
/// <param name="Version">The version of its last write.</param>
/// <param name="Holders">How many of the live members have acknowledged it.</param>
/// <param name="Peers">How many live members there are besides this node.</param>
internal sealed record ConvergenceReport(ulong Version, int Holders, int Peers);
