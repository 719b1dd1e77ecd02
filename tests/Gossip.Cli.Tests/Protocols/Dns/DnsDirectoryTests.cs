using System.Net;
using Gossip.Cli.Protocols.Dns;
using Gossip.Dns.Messages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Tests.Protocols.Dns;

/// <summary>What is answered of a cluster, and how much of it an asker gets.</summary>
public sealed class DnsDirectoryTests
{
    private static readonly DnsSettings Settings = new(new(IPAddress.Loopback, 53), DnsName.Parse("gossip"), "dc1", TimeSpan.Zero);

    [Fact]
    public void Instances_that_want_traffic_are_answered_and_others_are_not()
    {
        var cluster = Cluster(Instance("a"), Instance("b", state: ServiceState.Degraded), Instance("c", state: ServiceState.Draining), Instance("d", state: ServiceState.Unhealthy), Instance("e", state: ServiceState.Starting));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], Addresses(Ask(cluster, "shop.service.gossip", RecordType.A)).Order());
        Assert.Equal(DnsCode.NameError, Ask(Cluster(Instance("c", state: ServiceState.Draining)), "shop.service.gossip", RecordType.A).Code);
    }

    [Theory]
    [InlineData("shop.service.gossip", "10.0.0.1 10.0.0.2")]
    [InlineData("SHOP.Service.Gossip", "10.0.0.1 10.0.0.2")]
    [InlineData("_shop._tcp.service.gossip", "10.0.0.1 10.0.0.2")]
    [InlineData("blue.shop.service.gossip", "10.0.0.1")]
    [InlineData("_shop._blue.service.gossip", "10.0.0.1")]
    [InlineData("shop.service.east.gossip", "10.0.0.1")]
    [InlineData("shop.service.WEST.gossip", "10.0.0.2")]
    [InlineData("shop.service.dc1.gossip", "10.0.0.1 10.0.0.2")]
    [InlineData("blue.shop.service.west.gossip", "")]
    [InlineData("shop.service.nowhere.gossip", "")]
    [InlineData("green.shop.service.gossip", "")]
    [InlineData("service.gossip", "")]
    [InlineData("shop.gossip", "")]
    [InlineData("gossip.gossip", "")]
    public void A_name_says_which_instances_are_meant(string name, string expected)
    {
        var answer = Ask(Cluster(Instance("a", tag: "blue", zone: "east"), Instance("b", zone: "west")), name, RecordType.A);
        Assert.Equal(expected, string.Join(' ', Addresses(answer).Order()));
        Assert.Equal(expected.Length > 0 ? DnsCode.NoError : DnsCode.NameError, answer.Code);
        Assert.Equal(expected.Length == 0, answer.Authorities.Count == 1);
    }

    [Theory]
    [InlineData("example.com", DnsCode.Refused)]
    [InlineData("7.0.0.10.in-addr.arpa", DnsCode.Refused)]
    [InlineData("x.in-addr.arpa", DnsCode.Refused)]
    [InlineData("999.0.0.10.in-addr.arpa", DnsCode.Refused)]
    internal void Of_other_domains_nothing_is_said(string name, DnsCode expected) =>
        Assert.Equal((expected, false), Ask(Cluster(Instance("a")), name, RecordType.Ptr) is var answer ? (answer.Code, answer.IsAuthoritative) : default);

    [Fact]
    public void SRV_points_to_addresses_that_come_with_it()
    {
        var answer = Ask(Cluster(Instance("a", weight: 300), Instance("f", host: "fd00::7"), Instance("g", host: "shop.example")), "shop.service.gossip", RecordType.Srv);
        var all = answer.Answers.Select((record, i) => ((ServerBody)record.Body!, answer.Further[i])).ToDictionary(one => one.Item1.Target.ToString());
        Assert.Equal(["0a000001.addr.dc1.gossip", "fd000000000000000000000000000007.addr.dc1.gossip", "shop.example"], all.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((1, 3, 80), (all["0a000001.addr.dc1.gossip"].Item1 is var server ? (server.Priority, server.Weight, server.Port) : default));
        Assert.Equal((RecordType.A, RecordType.Aaaa), (all["0a000001.addr.dc1.gossip"].Item2[0].Type, all["fd000000000000000000000000000007.addr.dc1.gossip"].Item2[0].Type));
        Assert.Empty(all["shop.example"].Item2);
        foreach (var pointed in all.Values.SelectMany(one => one.Item2))
            Assert.Equal(pointed.Body, Assert.Single(Ask(Cluster(), pointed.Name.ToString(), pointed.Type).Answers).Body);
    }

    [Fact]
    public void The_own_zone_comes_first_and_within_it_the_weight_decides()
    {
        var cluster = Cluster("east", Instance("a", zone: "east", weight: 100), Instance("b", zone: "east", weight: 300), Instance("c", zone: "west", weight: 9000));
        var chance = new Random(7);
        var first = Enumerable.Range(0, 2_000).Select(_ => Ask(cluster, "shop.service.gossip", RecordType.Srv, chance.NextDouble))
            .Select(answer => (Near: ((ServerBody)answer.Answers[0].Body!).Weight, Far: (ServerBody)answer.Answers[2].Body!)).ToList();
        Assert.All(first, one => Assert.Equal((2, 90), (one.Far.Priority, one.Far.Weight)));
        Assert.InRange(first.Count(one => one.Near == 3), 1_400, 1_600);
    }

    [Fact]
    public void An_address_is_named_by_who_has_it()
    {
        var cluster = Cluster(Instance("a"));
        Assert.Equal("shop.service.dc1.gossip", Assert.IsType<PointerBody>(Assert.Single(Ask(cluster, "1.0.0.10.in-addr.arpa", RecordType.Ptr).Answers).Body).Target.ToString());
        Assert.Equal("me.node.dc1.gossip", Assert.IsType<PointerBody>(Assert.Single(Ask(cluster, "9.0.0.10.in-addr.arpa", RecordType.Ptr).Answers).Body).Target.ToString());
    }

    [Law(usual: 200, nightly: 20_000)]
    internal void An_asker_gets_what_fits_with_what_it_leads_to_and_is_told_when_more_is_left(ushort drawn, ushort said, bool says, bool byTcp)
    {
        var (count, room) = (drawn % 90, says ? said % 5_000 : (int?)null);
        var cluster = Cluster([.. Enumerable.Range(0, count).Select(i => Instance($"i{i}", host: i % 3 == 0 ? $"fd00::{i + 1:x}" : $"10.0.{i / 250}.{(i % 250) + 1}"))]);
        foreach (var type in new[] { RecordType.Srv, RecordType.A, RecordType.Aaaa, RecordType.Any })
        {
            var question = new DnsQuestion(DnsName.Parse("shop.service.gossip"), type, false);
            var query = new DnsQuery(77, true, question, room, DnsCode.NoError);
            var answer = new DnsDirectory(Settings, new Random(3).NextDouble).Answer(cluster, question);
            var packet = new byte[DnsReply.MostByTcp];
            var (length, isTruncated) = DnsReply.Write(packet, query, answer, byTcp);
            Assert.InRange(length, 12, byTcp ? ushort.MaxValue : Math.Clamp(room ?? 0, 512, 4096));
            var reader = new DnsReader(packet.AsSpan(0, length));
            Assert.True(DnsMessage.TryRead(ref reader, out var message));
            Assert.Equal((77, isTruncated), ((int)message.Header.Id, message.IsTruncated));
            var isFew = !byTcp && Math.Max(room ?? 0, 512) == 512;
            var expected = Math.Min(answer.Answers.Count, isFew ? 3 : int.MaxValue);
            Assert.True(isTruncated ? message.Answers.Count < expected : message.Answers.Count == expected);
            Assert.False(byTcp && isTruncated);
            foreach (var server in message.Answers.Select(record => record.Body).OfType<ServerBody>())
                Assert.Contains(message.Additionals, record => record.Name.Equals(server.Target) && record.Body is AddressBody);
        }
    }

    [Law(usual: 500, nightly: 100_000)]
    internal void Whatever_comes_is_answered_within_its_room_or_not_at_all(byte[] packet, bool isNearlyRight)
    {
        if (packet.Length > 12 && isNearlyRight)
            (packet[2], packet[4], packet[5], packet[6], packet[7], packet[8], packet[9]) = (0, 0, 1, 0, 0, 0, 0);
        if (DnsQuery.Read(packet) is not { } query)
            return;
        var directory = new DnsDirectory(Settings, () => 0.5);
        var answer = query.Problem == DnsCode.NoError && query.Question is { } question ? directory.Answer(Cluster(Instance("a")), question) : DnsAnswer.Of(query.Problem);
        var reply = new byte[DnsReply.MostByUdp];
        Assert.InRange(DnsReply.Write(reply, query, answer, byTcp: false).Length, 12, DnsReply.MostByUdp);
        Assert.Equal(0x80, reply[2] & 0x80);
    }

    [Theory]
    [InlineData("Address", "localhost:53", "Agent:Dns:Address is 'localhost:53'; it must be an IP address and a port, such as 127.0.0.1:8600.")]
    [InlineData("Address", "127.0.0.1", "it must be an IP address and a port")]
    [InlineData("Domain", "a b", "Agent:Dns:Domain is 'a b'; it must be a domain of letters")]
    [InlineData("Datacenter", "", null)]
    [InlineData("Ttl", "5m", "Agent:Dns:Ttl is '5m'; it must be whole seconds of 0s to 60s.")]
    [InlineData("Adress", "x", "Agent:Dns:Adress is no key. Did you mean 'Address'?")]
    public void A_wrong_setting_is_told_with_the_key_the_value_and_the_remedy(string key, string value, string? expected)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection([new($"Agent:Dns:{key}", value)]).Build().GetSection("Agent:Dns");
        if (expected is null)
            Assert.Null(DnsSettings.Read(section));
        else
            Assert.Contains(expected, Assert.Throws<OptionsValidationException>(() => DnsSettings.Read(section)).Message, StringComparison.Ordinal);
    }

    private static DnsAnswer Ask(ServiceSnapshot cluster, string name, RecordType type, Func<double>? chance = null) =>
        new DnsDirectory(Settings, chance ?? (() => 0.5)).Answer(cluster, new(DnsName.Parse(name), type, false));

    private static IEnumerable<string> Addresses(DnsAnswer answer) => answer.Answers.Select(record => record.Body).OfType<AddressBody>().Select(body => body.Address.ToString());

    private static ServiceInstance Instance(
        string id, string? host = null, ServiceState state = ServiceState.Ready, string? tag = null, string? zone = null, int weight = 100) => ServiceInstance.Create(
        new()
        {
            InstanceId = id, Service = "shop", State = state, Tags = tag is null ? [] : [tag], Zone = zone, Weight = weight,
            Endpoints = [new("http", "http", host ?? $"10.0.0.{id[0] - 'a' + 1}", 80)],
        },
        "other");

    private static ServiceSnapshot Cluster(params ServiceInstance[] instances) => Cluster(null, instances);

    private static ServiceSnapshot Cluster(string? zone, params ServiceInstance[] instances) =>
        ServiceSnapshot.Create(instances, [MemberSnapshot.Create("me", new(IPAddress.Parse("10.0.0.9"), 7390), isSelf: true, zone: zone)]);
}
