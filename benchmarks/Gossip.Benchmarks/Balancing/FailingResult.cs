namespace Gossip.Benchmarks.Balancing;

/// <summary>What one policy made of instances that answer 500 in no time.</summary>
/// <param name="Case">Which instances fail, and how often they are called.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Seed">What the run followed from.</param>
/// <param name="Calls">All calls while it failed.</param>
/// <param name="ShareAtFirst">The calls that the failing ones got in the first five seconds, in percent of their fair share.</param>
/// <param name="Share">The calls that they got from then on until their recovery, in percent of their fair share.</param>
/// <param name="BackAfter">The seconds from the recovery until they have half of their fair share again in a second; null where that is not
/// asked.</param>
/// <param name="Ejected">How many of the instances were ejected at a time, at most.</param>
internal sealed record FailingResult(string Case, string Policy, ulong Seed, int Calls, double ShareAtFirst, double Share, double? BackAfter, int Ejected);
