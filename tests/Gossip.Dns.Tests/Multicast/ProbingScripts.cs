using System.Net;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;
using static System.TimeSpan;

namespace Gossip.Dns.Tests.Multicast;

public class ProbingScripts
{
    private static readonly IPEndPoint Stranger = new(IPAddress.Parse("10.0.0.99"), MulticastDns.Port);
    private static readonly DnsName Type = DnsName.Parse(VirtualLink.Type);
    private static readonly DnsName Instance = Type.Child("orders");
    private static readonly DnsName Host = DnsName.Parse("orders.local");

    private readonly VirtualLink _link = new();

    [Fact]
    public void Names_are_asked_for_three_times_before_they_are_announced()
    {
        var node = Publish("orders");
        _link.RunFor(FromMinutes(1));
        var probes = _link.Probes(node, Zero);
        Assert.InRange(probes[0].At, Zero, FromMilliseconds(250));
        Assert.Equal([probes[0].At, probes[0].At + FromMilliseconds(250), probes[0].At + FromMilliseconds(500)], probes.Select(probe => probe.At));
        Assert.All(probes, probe =>
        {
            Assert.Equal([Instance, Host], probe.Message.Questions.Select(question => question.Name));
            Assert.All(probe.Message.Questions, question => Assert.Equal(RecordType.Any, question.Type));
            Assert.Equal([RecordType.Srv, RecordType.Txt, RecordType.A], probe.Message.Authorities.Select(record => record.Type));
            Assert.All(probe.Message.Authorities, record => Assert.False(record.Flush));
        });
        var announced = probes[0].At + FromMilliseconds(750);
        Assert.Equal([announced, announced + FromSeconds(1), announced + FromSeconds(3)], _link.Answers(node, RecordType.Srv, Zero).Select(one => one.At));
        Assert.Equal([("orders", "orders.local")], node.Names);
    }

    [Fact]
    public void Names_known_to_be_unique_are_announced_at_once()
    {
        var node = _link.Add("orders").Publish();
        _link.RunFor(Zero);
        Assert.NotEmpty(_link.Answers(node, RecordType.Srv, Zero));
        _link.RunFor(FromMinutes(1));
        Assert.Empty(_link.Probes(node, Zero));
    }

    [Fact]
    public void Browsing_does_not_wait_for_the_probes()
    {
        _link.Add("payments").Publish();
        _link.RunFor(FromMinutes(1));
        var node = Publish("orders").Browse();
        _link.RunFor(FromMilliseconds(250));
        Assert.Equal(["payments"], node.Others);
    }

    [Fact]
    public void Nothing_is_answered_under_a_name_that_is_not_yet_ours()
    {
        var node = Publish("orders");
        _link.RunFor(FromMilliseconds(400));
        Ask(node, Instance, RecordType.Any);
        Ask(node, Type, RecordType.Ptr);
        Ask(node, Host, RecordType.Aaaa);
        _link.Inject(node, new IPEndPoint(Stranger.Address, 40000), DnsFlags.None, [new DnsQuestion(Host, RecordType.A, false)], []);
        _link.RunFor(FromMilliseconds(300));
        Assert.DoesNotContain(_link.Sent, sent => sent.Message.IsResponse);
    }

    [Fact]
    public void A_name_that_another_machine_holds_is_left_to_it_and_the_next_one_taken()
    {
        var watcher = _link.Add("watcher").Browse();
        var holder = Publish("orders", port: 1);
        _link.RunFor(FromSeconds(10));
        var second = Publish("orders", port: 2, host: "second");
        var third = Publish("orders", port: 3, host: "third");
        _link.RunFor(FromSeconds(10));
        Assert.Equal([("orders", "orders.local")], holder.Names);
        Assert.Equal(["orders", "orders (2)", "orders (3)"], watcher.Others.Order(StringComparer.Ordinal).OrderBy(name => name.Length));
        Assert.Equal(1, watcher.Seen["orders"].Port);
        Assert.Equal(("second.local", "third.local"), (second.Names.Last().Host, third.Names.Last().Host));
        // Nobody was ever told that the name is someone else's.
        Assert.DoesNotContain(_link.Answers(second, RecordType.Srv, Zero), answer => answer.Record.Name.Equals(Instance));
    }

    [Fact]
    public void A_host_name_that_another_machine_holds_gets_a_number_and_the_service_points_to_it()
    {
        var watcher = _link.Add("watcher").Browse();
        Publish("orders", host: "rack-1");
        _link.RunFor(FromSeconds(10));
        var second = Publish("payments", host: "rack-1");
        _link.RunFor(FromSeconds(10));
        Assert.Equal([("payments", "rack-1-2.local")], second.Names);
        Assert.Equal(("rack-1-2.local", second.Address.Address), (watcher.Seen["payments"].Host, watcher.Seen["payments"].Addresses.Single()));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void Of_two_that_want_a_name_at_the_same_moment_the_greater_gets_it(ushort one, ushort two)
    {
        var first = Publish("orders", host: "first", port: one);
        var second = Publish("orders", host: "second", port: two);
        _link.RunFor(FromSeconds(10));
        var (winner, loser) = one > two ? (first, second) : (second, first);
        Assert.Equal("orders", winner.Names.Single().Instance);
        Assert.Equal("orders (2)", loser.Names.Single().Instance);
        Assert.True(_link.Answers(winner, RecordType.Srv, Zero).First().At <= FromSeconds(1));
    }

    [Fact]
    public void Who_is_the_lesser_waits_a_second_and_asks_again()
    {
        var node = Publish("orders");
        _link.RunFor(FromMilliseconds(600));
        Probe(node, Server(9999));
        var yielded = _link.Now;
        _link.RunFor(FromSeconds(5));
        var again = _link.Probes(node, yielded).Where(probe => probe.Message.Questions.Any(question => question.Name.Equals(Instance)));
        Assert.Equal([1000, 1250, 1500], again.Select(probe => (probe.At - yielded).TotalMilliseconds));
        // Nobody defended the name after all.
        Assert.Equal([("orders", "orders.local")], node.Names);
    }

    [Fact]
    public void Who_is_the_greater_goes_on()
    {
        var node = Publish("orders");
        _link.RunFor(FromMilliseconds(600));
        Probe(node, Server(1));
        _link.RunFor(FromSeconds(1));
        Assert.Equal([("orders", "orders.local")], node.Names);
        Assert.Equal(3, _link.Probes(node, Zero).Count);
    }

    [Fact]
    public void A_prober_is_told_at_once_that_the_name_is_held_and_again_after_250_milliseconds()
    {
        var node = Publish("orders");
        _link.RunFor(FromMinutes(1));
        var start = _link.Now;
        for (var i = 0; i < 4; i++)
        {
            Probe(node, Server(1));
            _link.RunFor(FromMilliseconds(125));
        }

        Assert.Equal([0, 250, 500], _link.Answers(node, RecordType.Srv, start).Select(one => (one.At - start).TotalMilliseconds));
    }

    [Fact]
    public void A_prober_that_would_take_a_unicast_answer_gets_a_multicast_one()
    {
        var node = Publish("orders");
        _link.RunFor(FromSeconds(10));
        _link.Sent.Clear();
        _link.Inject(node, Stranger, DnsFlags.None, [new DnsQuestion(Instance, RecordType.Any, Unicast: true)], [], authorities: Server(1));
        _link.RunFor(Zero);
        Assert.Null(Assert.Single(_link.Sent).To);
    }

    [Fact]
    public void A_name_that_turns_out_to_be_held_twice_is_probed_again_and_kept_by_one()
    {
        var watcher = _link.Add("watcher").Browse();
        var isSplit = true;
        VirtualLink.Machine one = null!, two = null!;
        _link.Loses = (from, to) => isSplit && from != to && (from == two || to == two);
        one = Publish("orders", host: "first");
        two = Publish("orders", host: "second", port: 2);
        _link.RunFor(FromSeconds(10));
        Assert.Equal([("orders", "first.local")], one.Names);
        Assert.Equal([("orders", "second.local")], two.Names);
        isSplit = false;
        _link.RunFor(FromMinutes(5));
        Assert.Equal(["orders", "orders (2)"], watcher.Others.Order(StringComparer.Ordinal));
        Assert.Equal(3, one.Names.Count + two.Names.Count);
    }

    [Fact]
    public void A_contradiction_makes_a_name_silent_until_nobody_has_objected()
    {
        var node = _link.Add("orders").Publish();
        _link.RunFor(FromMinutes(1));
        var start = _link.Now;
        _link.Inject(node, Stranger, DnsFlags.Response, [], [Server(1) with { Flush = true }, new DnsRecord(Instance, RecordType.Txt, true, FromMinutes(75), new TextBody(new byte[1]))]);
        Ask(node, Instance, RecordType.Srv);
        _link.RunFor(FromMilliseconds(740));
        Assert.Empty(_link.Answers(node, RecordType.Srv, start));
        _link.RunFor(FromSeconds(1));
        Assert.Equal(3, _link.Probes(node, start).Count);
        Assert.NotEmpty(_link.Answers(node, RecordType.Srv, start));
        Assert.Equal([("orders", "orders.local")], node.Names);
    }

    [Fact]
    public void Equal_records_goodbyes_and_addresses_of_our_other_links_contradict_nothing()
    {
        var node = _link.Add("orders");
        var elsewhere = IPAddress.Parse("192.168.7.7");
        node.Publish();
        node.Dns.SetAddressesElsewhere([elsewhere]);
        _link.RunFor(FromMinutes(1));
        var start = _link.Now;
        _link.Inject(node, Stranger, DnsFlags.Response, [], [Server(node.Profile.Port) with { Flush = true }, Server(1) with { Ttl = Zero }]);
        _link.Inject(node, Stranger, DnsFlags.Response, [], [new DnsRecord(Host, RecordType.A, true, FromSeconds(120), new AddressBody(elsewhere))]);
        _link.RunFor(FromSeconds(5));
        Assert.Empty(_link.Probes(node, start));
        _link.Inject(node, Stranger, DnsFlags.Response, [], [new DnsRecord(Host, RecordType.A, true, FromSeconds(120), new AddressBody(Stranger.Address))]);
        _link.RunFor(FromSeconds(5));
        Assert.Equal(3, _link.Probes(node, start).Count);
    }

    [Fact]
    public void A_number_that_one_of_our_own_has_is_passed_over()
    {
        var node = _link.Add("node");
        var profile = node.Profile with { AreNamesUnique = false, Instance = "orders" };
        node.Dns.Publish(_link.Now, profile, profile with { Instance = "orders (2)" });
        _link.RunFor(FromMilliseconds(260));
        Contradict(node, "orders");
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["orders (2)", "orders (3)"], node.Names.Select(name => name.Instance).Order(StringComparer.Ordinal));
        node.Dns.Publish(_link.Now, profile, profile with { Instance = "orders (2)" }, profile with { Instance = "orders (3)" });
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["orders (2)", "orders (3)", "orders (3) (2)"], node.Names.Select(name => name.Instance).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_machine_with_two_links_to_one_network_does_not_fight_itself()
    {
        VirtualLink.Machine[] links = [_link.Add("one"), _link.Add("two")];
        foreach (var link in links)
        {
            link.Dns.SetAddressesElsewhere([.. links.Where(other => other != link).Select(other => other.Address.Address)]);
            link.Publish(link.Profile with { AreNamesUnique = false, Instance = "orders", Host = "orders.local" });
        }

        _link.RunFor(FromMinutes(10));
        Assert.All(links, link => Assert.Equal([("orders", "orders.local")], link.Names));
        Assert.All(links, link => Assert.InRange(_link.Probes(link, Zero).Count, 3, 6));
    }

    [Fact]
    public void A_renamed_service_takes_back_what_pointed_to_the_old_name_and_nothing_else()
    {
        var node = _link.Add("orders").Publish();
        _link.RunFor(FromMinutes(1));
        var start = _link.Now;
        Contradict(node, "orders");
        _link.RunFor(FromMilliseconds(300));
        Contradict(node, "orders");
        _link.RunFor(FromSeconds(5));
        var goodbye = Assert.Single(_link.Sent.Where(sent => sent.At >= start).SelectMany(sent => sent.Message.Answers), record => record.Ttl == Zero);
        Assert.Equal(new PointerBody(Instance), goodbye.Body);
        Assert.Equal(["orders", "orders (2)"], node.Names.Select(name => name.Instance));
    }

    [Fact]
    public void After_fifteen_conflicts_in_ten_seconds_every_attempt_waits_five_seconds()
    {
        var node = Publish("orders");
        var times = new List<TimeSpan>();
        for (var conflicts = 1; conflicts <= 18; conflicts++)
        {
            var since = _link.Now;
            _link.RunUntil(() => _link.Probes(node, since + FromTicks(1)).Count > 0, FromSeconds(6));
            times.Add(_link.Now);
            Contradict(node, conflicts == 1 ? "orders" : $"orders ({conflicts})");
        }

        var gaps = times.Zip(times.Skip(1), (one, two) => two - one).ToList();
        Assert.All(gaps[..14], gap => Assert.True(gap < FromMilliseconds(300), gap.ToString()));
        Assert.All(gaps[14..], gap => Assert.InRange(gap, FromSeconds(4.9), FromSeconds(5.1)));
        _link.RunFor(FromSeconds(10));
        Assert.Equal("orders (19)", Assert.Single(node.Names).Instance);
    }

    [Fact]
    public void A_long_name_gives_up_letters_for_its_number()
    {
        var name = string.Concat(Enumerable.Repeat("漢", 21));
        var node = Publish(name, host: "orders");
        _link.RunFor(FromMilliseconds(260));
        Contradict(node, name);
        _link.RunFor(FromSeconds(5));
        Assert.Equal(name[..19] + " (2)", Assert.Single(node.Names).Instance);
    }

    [Fact]
    public void A_service_that_is_published_again_keeps_the_name_it_has()
    {
        Publish("orders", host: "first");
        _link.RunFor(FromSeconds(5));
        var node = Publish("orders", host: "second", port: 2);
        _link.RunFor(FromSeconds(5));
        var start = _link.Now;
        node.Publish(node.Profile with { AreNamesUnique = false, Instance = "orders", Host = "second.local", Port = 3 });
        _link.RunFor(FromSeconds(5));
        Assert.Empty(_link.Probes(node, start));
        Assert.Equal("orders (2)", Assert.Single(node.Names).Instance);
        Assert.All(_link.Answers(node, RecordType.Srv, start), answer => Assert.Equal(Type.Child("orders (2)"), answer.Record.Name));
    }

    [Theory]
    [InlineData(new byte[] { 10, 0, 0, 1 }, new byte[] { 10, 0, 0, 2 }, -1)]
    [InlineData(new byte[] { 200, 0, 0, 1 }, new byte[] { 10, 200, 0, 2 }, 1)]
    [InlineData(new byte[] { 10, 0, 0, 1 }, new byte[] { 10, 0, 0, 1 }, 0)]
    public void Probes_compare_by_unsigned_bytes(byte[] left, byte[] right, int order) =>
        Assert.Equal(order, Math.Sign(Probing.Compare([Address(left)], [Address(right)])));

    [Fact]
    public void Probes_compare_by_type_first_and_by_number_last()
    {
        var six = new DnsRecord(Host, RecordType.Aaaa, false, Zero, new AddressBody(IPAddress.Parse("::")));
        Assert.True(Probing.Compare([Address([255, 0, 0, 1])], [six]) < 0);
        Assert.True(Probing.Compare([six, Address([10, 0, 0, 1])], [Address([10, 0, 0, 1])]) > 0);
        Assert.Equal(0, Probing.Compare([six, Address([10, 0, 0, 1])], [Address([10, 0, 0, 1]), six]));
    }

    [Fact]
    public void Twenty_machines_that_want_one_name_end_with_twenty_names()
    {
        var machines = Enumerable.Range(0, 20).Select(i => Publish("orders", port: (ushort)(100 + i), host: $"host{i}").Browse()).ToList();
        _link.RunFor(FromMinutes(3));
        Assert.Equal(20, machines.Select(machine => machine.Names.Last().Instance).Distinct().Count());
        Assert.Contains("orders", machines.Select(machine => machine.Names.Last().Instance));
        Assert.All(machines, machine => Assert.Equal(19, machine.Others.Count()));
        Assert.All(machines, machine => Assert.Single(machine.Seen.Values, seen => seen.IsOwn));
    }

    private static DnsRecord Address(byte[] bytes) => new(Host, RecordType.A, false, Zero, new AddressBody(new IPAddress(bytes)));

    private static DnsRecord Server(ushort port, string instance = "orders") =>
        new(Type.Child(instance), RecordType.Srv, false, FromSeconds(120), new ServerBody(0, 0, port, Host));

    private VirtualLink.Machine Publish(string instance, ushort port = 7946, string? host = null)
    {
        var machine = _link.Add($"{instance} {_link.Count}");
        return machine.Publish(machine.Profile with { AreNamesUnique = false, Instance = instance, Host = $"{host ?? instance}.local", Port = port });
    }

    private void Ask(VirtualLink.Machine node, DnsName name, RecordType type) =>
        _link.Inject(node, Stranger, DnsFlags.None, [new DnsQuestion(name, type, false)], []);

    private void Probe(VirtualLink.Machine node, DnsRecord proposed) =>
        // With our own text, so that the servers decide.
        _link.Inject(
            node, Stranger, DnsFlags.None, [new DnsQuestion(proposed.Name, RecordType.Any, false)], [],
            authorities: [proposed, new DnsRecord(proposed.Name, RecordType.Txt, false, FromMinutes(75), TextPairs.Write(node.Profile.Text))]);

    private void Contradict(VirtualLink.Machine node, string instance) =>
        _link.Inject(node, Stranger, DnsFlags.Response, [], [Server(1, instance) with { Flush = true }]);
}
