using Gossip.Configuration;
using Gossip.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gossip.AspNetCore.Health;

/// <summary>
/// Whether this node has joined and knows the cluster, and its instance does not drain. It looks at no other node, so that trouble of
/// others never takes this process out of service.
/// </summary>
internal sealed class GossipReadiness(GossipLifecycle node) : IHealthCheck
{
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a node without any answer waits before it takes itself for the first one; null for as long as the start waits, or 5 s.
    /// </summary>
    internal TimeSpan? AloneAfter { get; init; }

    public static HealthCheckRegistration Register(string name, string? key, IEnumerable<string>? tags) =>
        new(name, new Maker(key).Make, HealthStatus.Unhealthy, tags);

    public static bool IsMadeBy(HealthCheckRegistration check) => check.Factory.Target is Maker;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problem = Problem();
        return Task.FromResult(problem is null
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(context.Registration.FailureStatus, problem));
    }

    private string? Problem()
    {
        if (!node.IsRunning)
            return "The gossip node does not run.";
        if (node.IsDraining)
            return "The process drains.";
        var patience = AloneAfter ?? node.Options.SyncTimeout ?? UsualPatience;
        if (node.Running.Synchronized.IsCompleted || node.Uptime >= Timeouts.SpanOf(patience))
            return null;
        return "The gossip node does not have the state of the cluster yet.";
    }

    private sealed class Maker(string? key)
    {
        public GossipReadiness Make(IServiceProvider services) =>
            services.GetKeyedService<GossipLifecycle>(key) is { } node
                ? new GossipReadiness(node)
                : throw new InvalidOperationException(key is null
                    ? "There is no Gossip node to check. Call builder.AddGossip() before builder.Build()."
                    : $"There is no Gossip node '{key}' to check. "
                        + $"Call builder.Services.AddKeyedGossip(\"{key}\", section) before builder.Build().");
    }
}
