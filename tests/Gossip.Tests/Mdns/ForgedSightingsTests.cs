using System.Net;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Tests.Mdns;

/// <summary>What anybody on the link can make a node believe to see, and what that makes it do.</summary>
public sealed class ForgedSightingsTests
{
    private static readonly NodeIdentity Own = new(
        new MemberId(1), "me", "shop", PeerAddress.From(IPAddress.Any, 7390),
        PeerAddress.From(IPAddress.Parse("10.0.0.1"), 7390), "a test");

    [Fact]
    public void What_a_node_announces_tells_its_key_by_a_fingerprint_alone()
    {
        var key = TestKeys.New();

        var text = MdnsSeeds.TextOf(Own with { KeyFingerprints = [TestKeys.Fingerprint(key)] });

        Assert.Equal(["cluster", "key", "v"], text.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("shop", TestKeys.Fingerprint(key)), (text["cluster"], text["key"]));
        Assert.DoesNotContain(text.Values, value => value.Contains(key, StringComparison.Ordinal));
    }

    /// <summary>Eight hundred nodes at sixteen ports each of one foreign host: as many as a link holds.</summary>
    [Fact]
    public void However_many_nodes_are_said_to_be_at_a_foreign_host_it_is_asked_sixteen_questions_in_an_interval()
    {
        var seeds = new SightedSeeds();
        var asked = Enumerable.Range(0, 800)
            .Sum(number => seeds.Add(Sighting($"invented{number}", Endpoints("192.0.2.66", number, 16)), Own).Count);
        Assert.Equal(SightedSeeds.PerInterval, asked);

        // One that comes after them all, and is real, has its turn with the first address of each.
        seeds.Add(Sighting("real", Endpoints("10.0.0.2", 0, 1)), Own);
        var intervals = 0;
        for (var isFound = false; !isFound; intervals++)
        {
            var next = seeds.Next(_ => false);
            Assert.InRange(next.Count, 1, SightedSeeds.PerInterval);
            isFound = next.Any(endpoint => endpoint.Address.Equals(IPAddress.Parse("10.0.0.2")));
        }

        Assert.InRange(intervals, 1, (801 / SightedSeeds.PerInterval) + 1);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("169.254.169.254")]
    [InlineData("224.0.0.251")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    public void Nobody_is_asked_at_an_address_where_no_other_node_can_be(string address)
    {
        var seeds = new SightedSeeds();

        Assert.Empty(seeds.Add(Sighting("invented", [new IPEndPoint(IPAddress.Parse(address), 80)]), Own));
        Assert.Empty(seeds.Next(_ => false));

        Assert.Single(seeds.Add(Sighting("real", Endpoints("10.0.0.2", 0, 1)), Own));
        Assert.Single(seeds.Next(_ => false));
    }

    [Fact]
    public void A_member_that_is_known_to_live_is_not_asked_again_and_takes_no_turn_of_others()
    {
        var seeds = new SightedSeeds();
        for (var number = 0; number < 100; number++)
            seeds.Add(Sighting($"member{number}", Endpoints($"10.0.1.{number}", 0, 1)), Own);
        seeds.Add(Sighting("lost", Endpoints("10.0.0.2", 0, 1)), Own);

        for (var interval = 0; interval < 3; interval++)
            Assert.Equal("10.0.0.2:7390", Assert.Single(seeds.Next(instance => instance != "lost")).ToString());
    }

    [Fact]
    public void What_is_lost_is_not_asked_again()
    {
        var seeds = new SightedSeeds();
        var sighting = Sighting("gone", Endpoints("10.0.0.2", 0, 1));
        seeds.Add(sighting, Own);

        seeds.Remove(sighting);

        Assert.Empty(seeds.Next(_ => false));
    }

    /// <summary>Each is taken back before the next is invented, so that none is among those that are known.</summary>
    [Fact]
    public void Strangers_that_come_and_go_do_not_fill_the_log()
    {
        var time = new ManualTime();
        var strangers = new MdnsStrangers(time);
        Assert.Equal(MdnsStrangers.Most, Enumerable.Range(0, 10_000).Count(Invent));
        Assert.Empty(strangers.All);

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Enumerable.Range(0, 10_000).Count(Invent));

        bool Invent(int number)
        {
            var sighting = Sighting($"invented{number}", []);
            var tells = strangers.Meet(sighting, sighting.Instance);
            strangers.Forget(sighting);
            return tells;
        }
    }

    [Fact]
    public void A_flood_of_strangers_is_bounded_and_each_is_told_once()
    {
        var strangers = new MdnsStrangers(new ManualTime());
        for (var again = 0; again < 2; again++)
        {
            var told = Enumerable.Range(0, 10_000).Count(number => strangers.Meet(Sighting($"invented{number}", []), $"{number}"));
            Assert.Equal(again == 0 ? MdnsStrangers.Most : 0, told);
        }

        Assert.Equal(MdnsStrangers.Most, strangers.All.Count);
    }

    private static IPEndPoint[] Endpoints(string address, int number, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new IPEndPoint(IPAddress.Parse(address), 7390 + (number * count) + i))];

    private static MdnsSighting Sighting(string instance, IReadOnlyList<IPEndPoint> endpoints) =>
        new("eth0 IPv4", instance, $"{instance}.local", endpoints, new Dictionary<string, string>(), IsOwn: false, IsLost: false);
}
