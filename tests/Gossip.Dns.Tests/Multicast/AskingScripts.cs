using System.Net;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;
using static System.TimeSpan;

namespace Gossip.Dns.Tests.Multicast;

public class AskingScripts
{
    private static readonly IPEndPoint Stranger = new(IPAddress.Parse("10.0.0.99"), MulticastDns.Port);
    private static readonly DnsName Type = DnsName.Parse(VirtualLink.Type);

    private readonly VirtualLink _link = new();

    [Fact]
    public void Questions_start_after_a_random_moment_and_grow_rarer_up_to_the_longest_interval()
    {
        var node = _link.Add("orders", longestQueryInterval: FromSeconds(10)).Browse();
        _link.RunFor(FromSeconds(60));
        var times = Questions(node).Select(sent => sent.At).ToList();
        Assert.InRange(times[0], FromMilliseconds(20), FromMilliseconds(120));
        var gaps = times.Zip(times.Skip(1), (one, two) => (two - one).TotalSeconds);
        Assert.Equal([1, 2, 4, 8, 10, 10, 10, 10], gaps);
    }

    [Fact]
    public void Questions_name_the_answers_that_are_known()
    {
        var node = _link.Add("orders").Browse();
        _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(60));
        var known = Questions(node).Last().Message.Answers;
        Assert.Equal(new PointerBody(Type.Child("payments")), Assert.Single(known).Body);
        Assert.InRange(known[0].Ttl, FromMinutes(74), FromMinutes(75));
        Assert.False(known[0].Flush);
    }

    [Fact]
    public void Known_answers_beyond_one_packet_follow_in_others()
    {
        var node = _link.Add("orders").Browse();
        var nodes = Enumerable.Range(0, 60).Select(i => _link.Add($"payments with a long name {i}").Publish()).ToList();
        _link.RunFor(FromSeconds(20));
        _link.Sent.Clear();
        _link.RunFor(FromSeconds(60));
        var sent = _link.Sent.Where(one => one.Sender == "orders" && one.Message.Questions.Any(question => question.Type == RecordType.Ptr)).ToList();
        Assert.All(sent, one => Assert.True(one.Message.IsTruncated));
        var packets = _link.Sent.Where(one => one.Sender == "orders" && one.At == sent[0].At).ToList();
        Assert.Equal(60, packets.Sum(one => one.Message.Answers.Count));
        Assert.Equal(packets.Count - 1, packets.Count(one => one.Message.IsTruncated));
        // None of them answered, although the known answers came in three packets.
        Assert.DoesNotContain(_link.Sent, one => one.Message.IsResponse && one.Message.Answers.Any(record => record.Type == RecordType.Ptr));
        Assert.Equal(60, nodes.Count);
    }

    [Fact]
    public void One_question_on_the_link_serves_every_browser()
    {
        var nodes = Enumerable.Range(0, 20).Select(i => _link.Add($"node{i}").Browse().Publish()).ToList();
        _link.RunFor(FromMinutes(2));
        _link.Sent.Clear();
        _link.RunFor(FromMinutes(10));
        var asked = _link.Sent.Count(sent => sent.Message.Questions.Any(question => question.Type == RecordType.Ptr));
        Assert.InRange(asked, 8, 30);
        Assert.All(nodes, node => Assert.Equal(19, node.Others.Count()));
    }

    [Fact]
    public void A_record_is_asked_for_again_at_80_85_90_and_95_percent_of_its_life()
    {
        var node = _link.Add("orders").Browse();
        var other = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        var heard = FromSeconds(3);
        _link.Unplug(other);
        _link.RunFor(FromSeconds(112));
        var times = _link.Sent.Where(sent => sent.Message.Questions.Any(question => question.Type == RecordType.Srv) && sent.At > FromSeconds(10))
            .Select(sent => (sent.At - heard) / FromSeconds(120)).ToList();
        Assert.Equal(4, times.Count);
        Assert.All(times.Zip([0.80, 0.85, 0.90, 0.95]), pair => Assert.InRange(pair.First, pair.Second, pair.Second + 0.021));
        Assert.NotEmpty(node.Story);
    }

    [Fact]
    public void Answers_from_another_port_than_5353_are_no_answers()
    {
        var node = _link.Add("orders").Browse();
        _link.Inject(node, new IPEndPoint(Stranger.Address, 5354), DnsFlags.Response, [], Service("fake", 1));
        Assert.Empty(node.Story);
        _link.Inject(node, Stranger, DnsFlags.Response, [], Service("real", 1));
        Assert.Equal(["+real"], node.Story);
    }

    [Fact]
    public void Records_that_nobody_browses_are_not_kept()
    {
        var node = _link.Add("orders").Browse();
        _link.Inject(node, Stranger, DnsFlags.Response, [], Service("printer", 1, "_ipp._tcp.local"));
        Assert.Equal(0, node.Dns.CachedRecords);
    }

    [Fact]
    public void An_instance_whose_name_is_no_text_is_passed_over()
    {
        var node = _link.Add("orders").Browse();
        var service = Service("named", 1);
        var nameless = DnsName.FromCheckedWire([1, 0xFF, .. Type.Wire]);
        _link.Inject(node, Stranger, DnsFlags.Response, [], [service[0] with { Body = new PointerBody(nameless) }, .. service[1..].Select(
            record => record.Type == RecordType.A ? record : record with { Name = nameless })]);
        Assert.Empty(node.Story);
        _link.Inject(node, Stranger, DnsFlags.Response, [], service);
        Assert.Equal(["+named"], node.Story);
    }

    [Fact]
    public void A_flood_of_services_is_bounded_and_does_not_push_out_the_known()
    {
        var node = _link.Add("orders").Browse();
        _link.Inject(node, Stranger, DnsFlags.Response, [], Service("known", 1));
        for (var i = 0; i < 2000; i++)
            _link.Inject(node, Stranger, DnsFlags.Response, [], Service($"flood{i}", i));
        for (var i = 0; i < 2000; i++)
            _link.Inject(node, Stranger, DnsFlags.Response, [], [.. Service("known", i).TakeLast(1)]);
        Assert.InRange(node.Dns.CachedRecords, 1000, Limits.CachedRecords);
        Assert.InRange(node.Seen.Count, 1, Limits.InstancesPerType);
        Assert.Contains("known", node.Others);
    }

    [Fact]
    public void A_flood_of_addresses_is_bounded_too()
    {
        var node = _link.Add("orders").Browse();
        for (var i = 0; i < 600; i++)
        {
            var service = Service($"flood{i}", i);
            var addresses = Enumerable.Range(0, 20).Select(n => service[^1] with { Body = new AddressBody(new IPAddress(i * 100 + n)) });
            _link.Inject(node, Stranger, DnsFlags.Response, [], [.. service, .. addresses]);
        }

        Assert.Equal(Limits.CachedRecords, node.Dns.CachedRecords);
        Assert.All(node.Seen.Values, seen => Assert.InRange(seen.Addresses.Count, 1, Limits.RecordsPerSet));
    }

    [Fact]
    public void What_is_lost_leaves_nothing_behind()
    {
        var node = _link.Add("orders").Browse();
        for (var i = 0; i < 100; i++)
            _link.Inject(node, Stranger, DnsFlags.Response, [], Service($"service{i}", i));
        Assert.Equal(100, node.Seen.Count);
        _link.RunFor(FromMinutes(80));
        Assert.Empty(node.Seen);
        Assert.Equal(0, node.Dns.CachedRecords);
    }

    [Fact]
    public void A_long_stall_is_not_followed_by_a_burst()
    {
        var node = _link.Add("orders").Publish().Browse();
        _link.Inject(node, Stranger, DnsFlags.Response, [], Service("other", 1));
        _link.Sent.Clear();
        // The machine is not ticked for an hour, then once: everything stale comes as one question and one announcement.
        node.Dns.Tick(FromHours(1), node);
        Assert.InRange(_link.Sent.Count, 1, 3);
        Assert.True(node.Dns.NextDeadline > FromHours(1));
    }

    [Fact]
    public void The_same_seed_tells_the_same_story()
    {
        Assert.Equal(Transcript(), Transcript());

        static List<string> Transcript()
        {
            var link = new VirtualLink();
            for (var i = 0; i < 5; i++)
                link.Add($"node{i}").Publish().Browse();
            link.RunFor(FromMinutes(5));
            return [.. link.Sent.Select(sent => $"{sent.At} {sent.Sender} {sent.Message.Questions.Count} {sent.Message.Answers.Count}")];
        }
    }

    private static List<DnsRecord> Service(string name, int number, string type = VirtualLink.Type)
    {
        var kind = DnsName.Parse(type);
        var instance = kind.Child(name);
        var host = DnsName.Parse($"{name}.local");
        return
        [
            new DnsRecord(kind, RecordType.Ptr, false, FromMinutes(75), new PointerBody(instance)),
            new DnsRecord(instance, RecordType.Srv, true, FromSeconds(120), new ServerBody(0, 0, 7946, host)),
            new DnsRecord(instance, RecordType.Txt, true, FromMinutes(75), new TextBody(new byte[1])),
            new DnsRecord(host, RecordType.A, false, FromSeconds(120), new AddressBody(new IPAddress(0x0A000000 + number))),
        ];
    }

    private IEnumerable<(TimeSpan At, string Sender, IPEndPoint? To, DnsMessage Message)> Questions(VirtualLink.Machine asker) =>
        _link.Sent.Where(sent => sent.Sender == asker.Name && sent.Message.Questions.Any(question => question.Name.Equals(Type)));
}
