using System.Net;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;
using static System.TimeSpan;

namespace Gossip.Dns.Tests.Multicast;

public class AnsweringScripts
{
    private static readonly IPEndPoint Stranger = new(IPAddress.Parse("10.0.0.99"), MulticastDns.Port);
    private static readonly DnsName Type = DnsName.Parse(VirtualLink.Type);
    private static readonly DnsName Instance = Type.Child("orders");
    private static readonly DnsName Host = DnsName.Parse("orders.local");
    private static readonly DnsRecord Pointer = new(Type, RecordType.Ptr, false, FromMinutes(75), new PointerBody(Instance));

    private readonly VirtualLink _link = new();
    private readonly VirtualLink.Machine _node;

    public AnsweringScripts()
    {
        _node = _link.Add("orders").Publish();
        _link.RunFor(FromMinutes(1));
        _link.Sent.Clear();
    }

    [Fact]
    public void A_new_service_is_announced_three_times_ever_more_slowly()
    {
        var start = _link.Now;
        var late = _link.Add("payments").Publish();
        _link.RunFor(FromMinutes(1));
        Assert.Equal([Zero, FromSeconds(1), FromSeconds(3)], _link.Answers(late, RecordType.Srv, start).Select(answer => answer.At - start));
        Assert.All(_link.Answers(late, RecordType.Srv, start), answer => Assert.True(answer.Record.Flush));
        Assert.All(_link.Answers(late, RecordType.Ptr, start), answer => Assert.False(answer.Record.Flush));
    }

    [Fact]
    public void A_shared_answer_waits_20_to_120_milliseconds_and_brings_the_service_along()
    {
        var start = _link.Now;
        Ask(Type, RecordType.Ptr);
        _link.RunFor(FromSeconds(1));
        var answer = Assert.Single(_link.Sent);
        Assert.InRange(answer.At - start, FromMilliseconds(20), FromMilliseconds(120));
        Assert.Equal([RecordType.Srv, RecordType.A, RecordType.Txt], answer.Message.Additionals.Select(one => one.Type));
        Assert.Equal(0, answer.Message.Header.Id);
        Assert.Equal(DnsFlags.Response | DnsFlags.Authoritative, answer.Message.Header.Flags);
    }

    [Theory]
    [InlineData("orders._gossip._udp.local", (ushort)RecordType.Srv, 1)]
    [InlineData("ORDERS._Gossip._udp.LOCAL", (ushort)RecordType.Txt, 1)]
    [InlineData("orders._gossip._udp.local", (ushort)RecordType.Any, 2)]
    [InlineData("orders.local", (ushort)RecordType.A, 1)]
    [InlineData("orders.local", (ushort)RecordType.Any, 1)]
    public void An_answer_that_is_ours_alone_is_given_at_once(string name, ushort type, int answers)
    {
        var start = _link.Now;
        Ask(DnsName.Parse(name), (RecordType)type);
        _link.RunFor(Zero);
        var answer = Assert.Single(_link.Sent);
        Assert.Equal(start, answer.At);
        Assert.Equal(answers, answer.Message.Answers.Count);
    }

    [Theory]
    [InlineData("other.local", (ushort)RecordType.A)]
    [InlineData("_http._tcp.local", (ushort)RecordType.Ptr)]
    [InlineData("orders._gossip._udp.local", (ushort)RecordType.None)]
    public void What_is_not_ours_is_left_to_others(string name, ushort type)
    {
        Ask(DnsName.Parse(name), (RecordType)type);
        _link.RunFor(FromSeconds(1));
        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void The_types_of_a_link_can_be_listed()
    {
        Ask(DnsName.Parse("_services._dns-sd._udp.local"), RecordType.Ptr);
        _link.RunFor(FromSeconds(1));
        Assert.Equal(new PointerBody(Type), Assert.Single(Assert.Single(_link.Sent).Message.Answers).Body);
    }

    [Fact]
    public void An_address_of_a_kind_that_we_lack_is_denied()
    {
        var raw = new RawOutbox();
        var packet = new byte[200];
        var writer = new DnsWriter(packet);
        writer.TryAddQuestion(new DnsQuestion(Host, RecordType.Aaaa, false));
        _node.Dns.Receive(_link.Now, Stranger, packet.AsSpan(0, writer.Finish(DnsFlags.None)), raw);
        _node.Dns.Tick(_link.Now, raw);
        var answer = Assert.Single(raw.Multicasts);
        // One answer, of type NSEC; its bitmap has the bit of A alone.
        Assert.Equal("0001", Convert.ToHexString(answer.AsSpan(6, 2)));
        Assert.EndsWith("C00C000140", Convert.ToHexString(answer), StringComparison.Ordinal);
    }

    [Fact]
    public void Known_answers_suppress_ours()
    {
        Ask(Type, RecordType.Ptr, Pointer with { Ttl = FromMinutes(38) });
        _link.RunFor(FromSeconds(1));
        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void Known_answers_about_to_run_out_do_not()
    {
        Ask(Type, RecordType.Ptr, Pointer with { Ttl = FromMinutes(37) });
        _link.RunFor(FromSeconds(1));
        Assert.Single(_link.Sent);
    }

    [Fact]
    public void Known_answers_that_follow_a_truncated_question_count_too()
    {
        _link.Inject(_node, Stranger, DnsFlags.Truncated, [new DnsQuestion(Type, RecordType.Ptr, false)], []);
        _link.RunFor(FromMilliseconds(300));
        _link.Inject(_node, Stranger, DnsFlags.None, [], [Pointer]);
        _link.RunFor(FromSeconds(2));
        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void As_long_as_more_known_answers_are_announced_the_answer_waits()
    {
        var start = _link.Now;
        _link.Inject(_node, Stranger, DnsFlags.Truncated, [new DnsQuestion(Type, RecordType.Ptr, false)], []);
        _link.RunFor(FromMilliseconds(390));
        _link.Inject(_node, Stranger, DnsFlags.Truncated, [], [Pointer with { Body = new PointerBody(Type.Child("other")) }]);
        _link.RunFor(FromMilliseconds(390));
        Assert.Empty(_link.Sent);
        _link.RunFor(FromSeconds(1));
        Assert.InRange(Assert.Single(_link.Sent).At - start, FromMilliseconds(790), FromMilliseconds(890));
    }

    [Fact]
    public void Who_says_one_address_with_the_flush_bit_says_all_of_them()
    {
        _node.Publish(_node.Profile with { Addresses = [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")] });
        _link.RunFor(FromMinutes(1));
        var start = _link.Now;
        Ask(Host, RecordType.A, new DnsRecord(Host, RecordType.A, false, FromSeconds(120), new AddressBody(IPAddress.Parse("10.0.0.1"))));
        _link.RunFor(FromSeconds(1));
        Assert.Equal(2, _link.Answers(_node, RecordType.A, start).Count());
        Ask(
            Host, RecordType.A, [.. new[] { "10.0.0.1", "10.0.0.2" }.Select(
                address => new DnsRecord(Host, RecordType.A, false, FromSeconds(120), new AddressBody(IPAddress.Parse(address))))]);
        _link.RunFor(FromSeconds(1));
        Assert.Equal(2, _link.Answers(_node, RecordType.A, start).Count());
    }

    [Fact]
    public void Known_answers_of_one_asker_do_not_silence_us_towards_another()
    {
        var start = _link.Now;
        _link.Inject(_node, Stranger, DnsFlags.Truncated, [new DnsQuestion(Type, RecordType.Ptr, false)], []);
        _link.RunFor(FromMilliseconds(10));
        _link.Inject(_node, new IPEndPoint(IPAddress.Parse("10.0.0.98"), 5353), DnsFlags.Truncated, [new DnsQuestion(Type, RecordType.Ptr, false)], []);
        _link.Inject(_node, Stranger, DnsFlags.None, [], [Pointer]);
        _link.RunFor(FromSeconds(2));
        Assert.InRange(Assert.Single(_link.Sent).At - start, FromMilliseconds(400), FromMilliseconds(510));
    }

    [Fact]
    public void An_answer_that_another_machine_just_gave_is_not_repeated()
    {
        Ask(Type, RecordType.Ptr);
        _link.Inject(_node, Stranger, DnsFlags.Response, [], [Pointer]);
        _link.RunFor(FromSeconds(1));
        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void A_record_that_another_machine_wrongly_takes_back_is_said_again()
    {
        _link.Inject(_node, Stranger, DnsFlags.Response, [], [Pointer with { Ttl = Zero }]);
        _link.RunFor(FromSeconds(1));
        Assert.Equal(Pointer, Assert.Single(_link.Sent).Message.Answers[0]);
    }

    [Fact]
    public void No_record_is_multicast_twice_within_a_second()
    {
        var start = _link.Now;
        for (var i = 0; i < 300; i++)
        {
            Ask(Instance, RecordType.Any);
            Ask(Type, RecordType.Ptr);
            _link.RunFor(FromMilliseconds(10));
        }

        foreach (var type in new[] { RecordType.Srv, RecordType.Ptr })
        {
            var times = _link.Answers(_node, type, start).Select(answer => answer.At).ToList();
            Assert.InRange(times.Count, 2, 4);
            Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First >= FromSeconds(1)));
        }
    }

    [Fact]
    public void A_unicast_question_gets_a_unicast_answer_when_all_others_have_heard_it_lately()
    {
        _link.Inject(_node, Stranger, DnsFlags.None, [new DnsQuestion(Type, RecordType.Ptr, Unicast: true)], []);
        _link.RunFor(FromSeconds(1));
        var answer = Assert.Single(_link.Sent);
        Assert.Equal(Stranger, answer.To);
        Assert.Empty(answer.Message.Questions);
        Assert.Equal(FromMinutes(75), answer.Message.Answers[0].Ttl);
    }

    [Fact]
    public void A_unicast_question_is_answered_to_all_when_they_have_not_heard_it_for_long()
    {
        _link.RunFor(FromMinutes(60));
        _link.Inject(_node, Stranger, DnsFlags.None, [new DnsQuestion(Type, RecordType.Ptr, Unicast: true)], []);
        _link.RunFor(FromSeconds(1));
        Assert.Null(Assert.Single(_link.Sent).To);
    }

    [Fact]
    public void A_plain_resolver_gets_a_plain_answer()
    {
        var resolver = new IPEndPoint(Stranger.Address, 40000);
        _link.Inject(_node, resolver, DnsFlags.None, [new DnsQuestion(Instance, RecordType.Srv, false)], [], id: 4711);
        var answer = Assert.Single(_link.Sent);
        Assert.Equal(resolver, answer.To);
        Assert.Equal((ushort)4711, answer.Message.Header.Id);
        Assert.Equal(new DnsQuestion(Instance, RecordType.Srv, false), Assert.Single(answer.Message.Questions));
        Assert.All(answer.Message.Answers.Concat(answer.Message.Additionals), record => Assert.True(record.Ttl <= FromSeconds(10) && !record.Flush));
    }

    [Fact]
    public void Goodbye_takes_back_what_is_ours_alone()
    {
        _node.Withdraw();
        _link.RunFor(Zero);
        var goodbye = Assert.Single(_link.Sent).Message.Answers;
        Assert.Equal([RecordType.Ptr, RecordType.Srv, RecordType.Txt], goodbye.Select(record => record.Type));
        Assert.All(goodbye, record => Assert.Equal(Zero, record.Ttl));
        _link.Sent.Clear();
        Ask(Type, RecordType.Ptr);
        _link.RunFor(FromSeconds(1));
        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void Several_services_are_published_side_by_side_and_one_is_taken_back_alone()
    {
        var http = _node.Profile with { ServiceType = "_http._tcp.local", Port = 8080 };
        _node.Dns.Publish(_link.Now, _node.Profile, http);
        _link.RunFor(FromSeconds(10));
        _link.Sent.Clear();
        Ask(DnsName.Parse("_services._dns-sd._udp.local"), RecordType.Ptr);
        Ask(DnsName.Parse("_http._tcp.local"), RecordType.Ptr);
        _link.RunFor(FromSeconds(1));
        var answers = _link.Sent.SelectMany(sent => sent.Message.Answers).Select(record => ((PointerBody)record.Body!).Target.ToString());
        Assert.Equal(["_gossip._udp.local", "_http._tcp.local", "orders._http._tcp.local"], answers.Order());

        _link.Sent.Clear();
        _node.Publish();
        _link.RunFor(FromSeconds(10));
        var goodbyes = _link.Sent.SelectMany(sent => sent.Message.Answers).Where(record => record.Ttl == Zero).Select(record => record.Name.ToString());
        Assert.Equal(["_http._tcp.local", "orders._http._tcp.local", "orders._http._tcp.local"], goodbyes.Order());
    }

    [Fact]
    public void A_service_is_found_by_its_subtypes_and_lost_when_the_last_of_them_goes()
    {
        const string Printer = "_printer._sub._http._tcp.local";
        var watcher = _link.Add("watcher");
        watcher.Dns.Browse(_link.Now, Printer);
        watcher.Dns.Browse(_link.Now, "_color._sub._http._tcp.local");
        var web = _node.Profile with { ServiceType = "_http._tcp.local", Subtypes = ["_printer", "_color"] };
        _node.Publish(web);
        _link.Add("plain").Publish(web with { Instance = "plain", Subtypes = [] });
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["orders"], watcher.Others);
        Assert.Equal("_http._tcp.local", watcher.Seen["orders"].ServiceType);
        _node.Publish(web with { Subtypes = ["_color"] });
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["orders"], watcher.Others);
        _node.Publish(web with { Subtypes = [] });
        _link.RunFor(FromSeconds(5));
        Assert.Empty(watcher.Others);
    }

    [Fact]
    public void A_profile_that_no_packet_can_carry_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _node.Publish(_node.Profile with { Instance = new string('x', 64) }));
        Assert.Throws<ArgumentException>(() => _node.Publish(_node.Profile with { Text = new Dictionary<string, string> { ["k"] = new('x', 255) } }));
        Assert.Throws<ArgumentException>(() => _node.Publish(_node.Profile with { Text = new Dictionary<string, string> { ["a=b"] = "" } }));
        var deep = string.Join('.', Enumerable.Repeat(new string('x', 62), 3));
        Assert.Throws<ArgumentException>(() => _node.Publish(_node.Profile with { Host = $"host.{deep}.local" }));
        Assert.Throws<ArgumentException>(() => _node.Publish(_node.Profile with { Subtypes = [.. Enumerable.Range(0, 9).Select(i => $"_s{i}")] }));
        Assert.Throws<ArgumentException>(() => _node.Dns.Publish(_link.Now, _node.Profile, _node.Profile with { Instance = "ORDERS" }));
        Assert.Throws<ArgumentException>(() => _node.Dns.Publish(_link.Now, [.. Enumerable.Range(0, 17).Select(i => _node.Profile with { Instance = $"i{i}" })]));
        Assert.Throws<ArgumentException>(() => _node.Publish(_node.Profile with { Addresses = [.. Enumerable.Range(0, 9).Select(i => new IPAddress(i))] }));
    }

    [Fact]
    public void The_largest_profile_still_fits_its_packets()
    {
        var text = Enumerable.Range(0, 5).ToDictionary(i => $"key{i}", _ => new string('x', 130));
        _node.Publish(_node.Profile with
        {
            Instance = new string('i', 63), Host = $"{new string('h', 63)}.local", Text = text,
            Addresses = [.. Enumerable.Range(1, 8).Select(i => IPAddress.Parse($"2001:db8::{i}"))],
        });
        _link.RunFor(FromSeconds(10));
        Assert.Contains(_link.Sent, sent => sent.Message.Answers.Any(record => record.Type == RecordType.Aaaa));
    }

    private void Ask(DnsName name, RecordType type, params DnsRecord[] known) =>
        _link.Inject(_node, Stranger, DnsFlags.None, [new DnsQuestion(name, type, false)], known);

    private sealed class RawOutbox : IMulticastOutbox
    {
        public List<byte[]> Multicasts { get; } = [];

        public void SendMulticast(ReadOnlySpan<byte> packet) => Multicasts.Add(packet.ToArray());

        public void SendUnicast(IPEndPoint peer, ReadOnlySpan<byte> packet) => Assert.Fail("Nobody asked for unicast.");

        public void Announced(ServiceProfile profile, string instance, string host) => Assert.Fail("It was announced long ago.");

        public void Found(ServiceSighting sighting) => Assert.Fail("Nothing is browsed.");

        public bool IsKnownToLive(ServiceSighting sighting) => false;

        public void Lost(ServiceSighting sighting) => Assert.Fail("Nothing is browsed.");
    }
}
