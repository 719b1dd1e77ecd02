namespace Gossip.Benchmarks.Endpoint;

/// <summary>What a run is to show.</summary>
/// <param name="Subscribers">How many follow the events.</param>
/// <param name="Silent">How many of them never read.</param>
/// <param name="Changes">Changes of a record, so events, in a second.</param>
/// <param name="Phase">The length of each phase.</param>
internal sealed record FollowPlan(int Subscribers, int Silent, int Changes, TimeSpan Phase);
