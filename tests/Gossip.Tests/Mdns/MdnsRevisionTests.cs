using System.Net;
using System.Net.Sockets;
using Gossip.Bootstrap;

namespace Gossip.Tests.Mdns;

public sealed class MdnsRevisionTests
{
    private MdnsRevision _latest = MdnsRevision.First();

    [Fact]
    public async Task A_watcher_hears_of_those_seen_before_and_after_it_came()
    {
        var one = Sighting("one", 1);
        Print(one);
        var watching = WatchAsync();
        Assert.Equal("one 1", await NextAsync(watching));
        Print(one, Sighting("two", 2));
        Assert.Equal("two 2", await NextAsync(watching));
    }

    [Fact]
    public async Task A_slow_watcher_misses_steps_but_no_outcome()
    {
        var stays = Sighting("stays", 1);
        Print(stays, Sighting("goes", 2));
        var watching = WatchAsync();
        Assert.Equal("stays 1", await NextAsync(watching));
        Assert.Equal("goes 2", await NextAsync(watching));
        for (var port = 3; port < 1000; port++)
            Print(stays, Sighting("changes", port));
        Assert.Equal("goes 2 lost", await NextAsync(watching));
        Assert.Equal("changes 999", await NextAsync(watching));
        _latest.FollowWith(_latest = new MdnsRevision(new Dictionary<(string, string), MdnsSighting>(), isLast: true));
        Assert.Equal("stays 1 lost", await NextAsync(watching));
        Assert.Equal("changes 999 lost", await NextAsync(watching));
        Assert.False(await watching.MoveNextAsync());
    }

    [Fact]
    public async Task A_watcher_can_stop()
    {
        using var stop = new CancellationTokenSource();
        await using var watching = MdnsRevision.WatchAsync(() => _latest, stop.Token).GetAsyncEnumerator();
        var waiting = watching.MoveNextAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }

    [Theory]
    [InlineData("10.77.3.9", true)]
    [InlineData("10.77.4.9", false)]
    [InlineData("10.78.3.9", false)]
    [InlineData("fe80::9", true)]
    [InlineData("2001:db8::9", true)]
    [InlineData("2001:db8:0:1::9", false)]
    public void Only_peers_of_its_subnets_are_on_a_link(string peer, bool isOnLink)
    {
        var at = new MdnsInterface(
            "eth0", 2, AddressFamily.InterNetwork, [(IPAddress.Parse("10.77.2.1"), 23), (IPAddress.Parse("2001:db8::1"), 64)]);
        Assert.Equal(isOnLink, at.IsOnLink(IPAddress.Parse(peer)));
    }

    private static MdnsSighting Sighting(string name, int port) =>
        new("eth0 IPv4", name, $"{name}.local", [new IPEndPoint(IPAddress.Loopback, port)], new Dictionary<string, string>(), IsOwn: false, IsLost: false);

    private static async Task<string> NextAsync(IAsyncEnumerator<MdnsSighting> watching)
    {
        Assert.True(await watching.MoveNextAsync());
        var seen = watching.Current;
        return $"{seen.Instance} {seen.Endpoints[0].Port}{(seen.IsLost ? " lost" : "")}";
    }

    private IAsyncEnumerator<MdnsSighting> WatchAsync() => MdnsRevision.WatchAsync(() => _latest, CancellationToken.None).GetAsyncEnumerator();

    private void Print(params MdnsSighting[] sightings)
    {
        var next = new MdnsRevision(sightings.ToDictionary(sighting => (sighting.Link, sighting.Instance)), isLast: false);
        _latest.FollowWith(next);
        _latest = next;
    }
}
