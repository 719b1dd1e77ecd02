namespace Gossip.Bootstrap;

/// <summary>What a node reports of a <see cref="MachineDirectory"/>.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Problem">Why it is not used; null when it is.</param>
internal sealed record MachineDirectoryReport(string Path, string? Problem);
