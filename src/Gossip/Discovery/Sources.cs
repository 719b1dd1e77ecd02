using Gossip.Snapshots;
using Gossip.Statistics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Discovery;

/// <summary>What views read: the published snapshots, the configuration, and the time.</summary>
/// <param name="feed">What the node publishes.</param>
/// <param name="statics">The services of the configuration.</param>
/// <param name="grace">The application's clock, which measures how long the last known instances stand in for none, as the application has
/// set it.</param>
/// <param name="logger">Logs predicates that throw.</param>
internal sealed class Sources(SnapshotFeed feed, StaticServices statics, TimeProvider grace, ILogger? logger = null)
{
    /// <summary>The newest snapshot, with the signal that it is outdated.</summary>
    public SnapshotFeed.Stage Now => feed.Newest;

    /// <summary>The state that the statistics of all instances share.</summary>
    public BalancingClock BalancingClock => feed.BalancingClock;

    public StaticServices Statics => statics;

    /// <summary>The clock of waits: the other nodes do not wait for a clock that the application stops.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The clock by which the last known instances stand in for none.</summary>
    public TimeProvider Grace => grace;

    /// <summary>Logs predicates that throw.</summary>
    public ILogger Logger { get; } = logger ?? NullLogger.Instance;

    /// <summary>For how long the node has run; null when it has not started.</summary>
    public TimeSpan? Uptime => feed.BalancingClock.Uptime;

    /// <summary>Makes all views and watches look again after a time, unless the timer was collected before.</summary>
    public ITimer Alarm(TimeSpan time) =>
        grace.CreateTimer(static feed => ((SnapshotFeed)feed!).Renew(), feed, time, Timeout.InfiniteTimeSpan);
}
