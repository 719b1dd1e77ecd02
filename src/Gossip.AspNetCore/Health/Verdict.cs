using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gossip.AspNetCore.Health;

/// <summary>What one run of the health checks says of the instance.</summary>
/// <param name="Status">The worst status of all checks.</param>
/// <param name="Reason">The checks that are not healthy, with what they say; empty when all are.</param>
/// <param name="Failing">Their names. Their texts may change with every run, and are news only when the names change.</param>
internal sealed record Verdict(HealthStatus Status, string Reason, string Failing)
{
    public ServiceState State => Status switch
    {
        HealthStatus.Healthy => ServiceState.Ready,
        HealthStatus.Degraded => ServiceState.Degraded,
        _ => ServiceState.Unhealthy,
    };

    public static Verdict Of(HealthReport report)
    {
        var failing = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .OrderBy(entry => entry.Value.Status).ThenBy(entry => entry.Key, StringComparer.Ordinal).ToArray();
        return new(
            report.Status,
            RecordText.Fit(string.Join("; ", failing.Select(entry => Words(entry.Key, entry.Value))), Limits.ReasonBytes),
            string.Join('\n', failing.Select(entry => entry.Key)));
    }

    public static Verdict Late(TimeSpan atMost) => new(HealthStatus.Unhealthy, $"the health checks did not end within {atMost}", "");

    public static Verdict NotRun(Exception error) =>
        new(HealthStatus.Unhealthy, RecordText.Fit($"the health checks could not be run: {error.Message}", Limits.ReasonBytes), "");

    private static string Words(string name, HealthReportEntry entry) =>
        (entry.Description ?? entry.Exception?.Message) is { Length: > 0 } why ? $"{name}: {why}" : name;
}
