using Gossip.Snapshots;
using Gossip.Statistics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Discovery;

/// <summary>Where views look: what the node publishes, what stands in the configuration, and what time it is.</summary>
/// <param name="feed">What the node publishes.</param>
/// <param name="statics">What stands in the configuration.</param>
/// <param name="grace">How long what was known last stands in for nothing, which is the application's to say, is measured by its
/// clock.</param>
/// <param name="logger">Hears of predicates that throw.</param>
internal sealed class Sources(SnapshotFeed feed, StaticServices statics, TimeProvider grace, ILogger? logger = null)
{
    /// <summary>The newest snapshot, with the signal that it is outdated.</summary>
    public SnapshotFeed.Stage Now => feed.Newest;

    /// <summary>What the statistics of all instances have in common.</summary>
    public BalancingClock BalancingClock => feed.BalancingClock;

    public StaticServices Statics => statics;

    /// <summary>For what is waited for: the other nodes do not wait for a clock that the application holds still.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For how long what was known last stands in for nothing.</summary>
    public TimeProvider Grace => grace;

    /// <summary>Hears of predicates that throw.</summary>
    public ILogger Logger { get; } = logger ?? NullLogger.Instance;

    /// <summary>For how long the node has run; null when it has not started.</summary>
    public TimeSpan? Uptime => feed.BalancingClock.Uptime;

    /// <summary>Lets everybody look again after a time; it forgets that when nobody holds it.</summary>
    public ITimer Alarm(TimeSpan time) =>
        grace.CreateTimer(static feed => ((SnapshotFeed)feed!).Renew(), feed, time, Timeout.InfiniteTimeSpan);
}
