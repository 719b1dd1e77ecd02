using System.Net;

namespace Gossip.Bootstrap;

/// <summary>What a source of seeds was asked, and the results.</summary>
/// <param name="Name">Which source.</param>
/// <param name="AskedAt">When it was last asked; null when it never was.</param>
/// <param name="FoundAt">When it last found an address; null when it never did.</param>
/// <param name="Found">The addresses that it found recently, the newest last.</param>
/// <param name="Unusable">Addresses among these to which this node cannot send, such as IPv6 ones of a node that listens on IPv4.</param>
/// <param name="Problem">Why it failed the last time; null when it did not, or long ago.</param>
/// <param name="FailedAt">When that was; null when there is no problem.</param>
internal sealed record SourceReport(
    string Name, DateTimeOffset? AskedAt, DateTimeOffset? FoundAt, IReadOnlyList<IPEndPoint> Found, int Unusable, string? Problem,
    DateTimeOffset? FailedAt);
