using Gossip.Balancing;
using Gossip.Discovery;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests;

/// <summary>Discovery over a feed that the test fills.</summary>
internal static class TestDiscovery
{
    public static ServiceDiscovery Over(SnapshotFeed feed, TimeProvider? time = null, ILogger? logger = null) =>
        new(SourcesOf(feed, time ?? TimeProvider.System, logger), _ => new RoundRobin());

    private static Sources SourcesOf(SnapshotFeed feed, TimeProvider time, ILogger? logger) =>
        new(feed, StaticServices.None, time, logger) { Time = time };
}
