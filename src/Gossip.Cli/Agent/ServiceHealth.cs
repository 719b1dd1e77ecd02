using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Agent;

/// <summary>What all checks of a service say together: the worst of them.</summary>
/// <param name="IsKnown">Whether each has a result that counts.</param>
/// <param name="IsGone">Whether the service has ended.</param>
/// <param name="State">The state for its record.</param>
/// <param name="Reason">Why it is not ready; null when it is.</param>
internal readonly record struct ServiceHealth(bool IsKnown, bool IsGone, ServiceState State, string? Reason)
{
    public static ServiceHealth Of(IReadOnlyList<ScheduledCheck> checks)
    {
        var worst = CheckStatus.Pass;
        string? reason = null;
        var isKnown = true;
        foreach (var check in checks)
        {
            var report = check.Report;
            isKnown &= report.Status != CheckStatus.Unknown;
            if (report.Status <= worst)
                continue;
            worst = report.Status;
            reason = $"check '{check.Definition.Id}': {report.Because}";
        }

        return worst switch
        {
            CheckStatus.Gone => new(true, true, ServiceState.Unhealthy, reason),
            CheckStatus.Stopping => new(true, false, ServiceState.Draining, reason),
            CheckStatus.Starting => new(isKnown, false, ServiceState.Starting, reason),
            CheckStatus.Fail => new(isKnown, false, ServiceState.Unhealthy, reason),
            CheckStatus.Warn => new(isKnown, false, ServiceState.Degraded, reason),
            _ => new(isKnown, false, ServiceState.Ready, null),
        };
    }
}
