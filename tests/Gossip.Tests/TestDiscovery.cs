using Gossip.Balancing;
using Gossip.Discovery;
using Gossip.Snapshots;

namespace Gossip.Tests;

/// <summary>Discovery over a feed that the test fills.</summary>
internal static class TestDiscovery
{
    public static ServiceDiscovery Over(SnapshotFeed feed, TimeProvider? time = null) =>
        new(SourcesOf(feed, time ?? TimeProvider.System), _ => new RoundRobin());

    private static Sources SourcesOf(SnapshotFeed feed, TimeProvider time) => new(feed, StaticServices.None, time) { Time = time };
}
