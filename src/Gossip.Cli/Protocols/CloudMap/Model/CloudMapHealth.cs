using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>The words for how well an instance is, and what the agent makes of a client's.</summary>
internal static class CloudMapHealth
{
    public const string Healthy = "HEALTHY";
    public const string Unhealthy = "UNHEALTHY";
    public const string Unknown = "UNKNOWN";

    /// <summary>
    /// The check of an instance that its client says is not well. Of one that is well there is none: it is taken at its word.
    /// </summary>
    public static IReadOnlyList<CheckDefinition> Failing { get; } =
    [
        new()
        {
            Id = "custom-health",
            Kind = CheckKind.Ttl,
            // The client's next word takes the check away, so it need hardly be looked at.
            Interval = TimeSpan.FromHours(1),
            Timeout = TimeSpan.FromSeconds(5),
            Own = new FailingCheck(),
            Text = Unhealthy,
        },
    ];

    public static string Of(ServiceInstance instance) => instance.IsOutOfReach ? Unhealthy : Of(instance.State);

    public static string Of(ServiceState state) => state switch
    {
        ServiceState.Ready or ServiceState.Degraded => Healthy,
        ServiceState.Starting => Unknown,
        _ => Unhealthy,
    };

    private sealed class FailingCheck : ICheck
    {
        public ValueTask<CheckResult> RunAsync(CancellationToken cancellation) =>
            ValueTask.FromResult(new CheckResult(CheckStatus.Fail, $"its client says that it is {Unhealthy}"));
    }
}
