using System.Globalization;

namespace Gossip.Configuration;

/// <summary>What the options of balancing must satisfy.</summary>
internal static class BalancingRules
{
    private const string Section = GossipOptions.SectionName + ":Balancing:";

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestEjection = TimeSpan.FromMilliseconds(10);

    /// <summary>Every problem, with key, value and remedy.</summary>
    public static IEnumerable<string> Problems(GossipOptions all)
    {
        var options = all.Balancing;
        if (options.FindPolicy(options.Policy) is null)
            yield return Unknown(options, "Policy", options.Policy);
        foreach (var (service, policy) in options.Policies)
        {
            if (policy is null || options.FindPolicy(policy) is null)
                yield return Unknown(options, $"Policies:{service}", policy);
        }

        if (options.ZoneFirst == true && string.IsNullOrEmpty(all.Zone))
            yield return $"{Section}ZoneFirst is 'true', and this node has no zone. "
                + $"Set {GossipOptions.SectionName}:Zone, or leave {Section}ZoneFirst out.";
        if (options.SubsetSize < 0)
            yield return $"{Section}SubsetSize is '{options.SubsetSize}'; it must be the number of instances to call, or 0 for all.";
        if (options.SlowStart < TimeSpan.Zero || options.SlowStart > Longest)
            yield return $"{Section}SlowStart is '{options.SlowStart}'; it must be {TimeSpan.Zero} to {Longest}.";
        if (options.ConsecutiveFailures is < 1 or > 1_000)
            yield return $"{Section}ConsecutiveFailures is '{options.ConsecutiveFailures}'; it must be 1 to 1000. "
                + $"To eject nobody, set {Section}MaxEjectionRatio to 0.";
        if (options.BaseEjectionTime < ShortestEjection || options.BaseEjectionTime > Longest)
            yield return $"{Section}BaseEjectionTime is '{options.BaseEjectionTime}'; it must be {ShortestEjection} to {Longest}. "
                + $"To eject nobody, set {Section}MaxEjectionRatio to 0.";
        if (options.MaxEjectionTime < options.BaseEjectionTime || options.MaxEjectionTime > Longest)
            yield return $"{Section}MaxEjectionTime is '{options.MaxEjectionTime}'; "
                + $"it must be {Section}BaseEjectionTime, which is {options.BaseEjectionTime}, to {Longest}. "
                + $"Set it too, or set {Section}BaseEjectionTime to less.";
        if (options.MaxEjectionRatio is not (>= 0 and <= 1))
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{Section}MaxEjectionRatio is '{
                    options.MaxEjectionRatio}'; it must be 0 to 1: the part of the instances that may be ejected.");
    }

    private static string Unknown(GossipBalancingOptions options, string key, string? policy) =>
        $"{Section}{key} is '{policy}'; it must be {string.Join(", ", options.PolicyNames)}, "
            + "or a name that was given to GossipBuilder.AddSelector.";
}
