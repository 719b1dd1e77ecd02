namespace Gossip;

/// <summary>
/// How the application's health checks set the state of its instance: healthy is ready, degraded is degraded, and unhealthy takes no
/// traffic. Nothing needs to be set; without health checks there is nothing to do. The times are measured by the container's
/// <see cref="TimeProvider"/>, so that a test decides when the checks run.
/// </summary>
public sealed class GossipHealthOptions
{
    /// <summary>Whether health checks set the state.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Counts only the checks with this tag. Default: all of them.</summary>
    public string? Tag { get; set; }

    /// <summary>Between two runs of the checks: 100 ms to 1 h.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a run may take before it counts as unhealthy: 10 ms or longer, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After how many worse results in a row the state gets worse: 1 to 100. The very first result counts at once.</summary>
    public int UnhealthyThreshold { get; set; } = 2;

    /// <summary>After how many better results in a row the state gets better: 1 to 100.</summary>
    public int HealthyThreshold { get; set; } = 1;
}
