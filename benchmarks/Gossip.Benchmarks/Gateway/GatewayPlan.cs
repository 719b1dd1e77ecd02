namespace Gossip.Benchmarks.Gateway;

/// <summary>What a run is to show.</summary>
/// <param name="Pairs">How many pairs, each of four rounds: the one gateway, the other twice, the one again.</param>
/// <param name="Connections">How many callers have a request under way.</param>
/// <param name="Round">The length of a round.</param>
internal sealed record GatewayPlan(int Pairs, int Connections, TimeSpan Round);
