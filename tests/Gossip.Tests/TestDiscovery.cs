using Gossip.Balancing;
using Gossip.Discovery;
using Gossip.Snapshots;

namespace Gossip.Tests;

/// <summary>Discovery over a feed that the test fills.</summary>
internal static class TestDiscovery
{
    public static ServiceDiscovery Over(SnapshotFeed feed, TimeProvider? time = null) =>
        new(new Sources(feed, StaticServices.None, time ?? TimeProvider.System), _ => new RoundRobin());
}
