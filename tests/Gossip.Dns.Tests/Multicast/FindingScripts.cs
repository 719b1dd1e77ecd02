using System.Net;
using Gossip.Dns.Messages;
using static System.TimeSpan;

namespace Gossip.Dns.Tests.Multicast;

public class FindingScripts
{
    private readonly VirtualLink _link = new();

    [Fact]
    public void Two_machines_find_each_other()
    {
        var one = _link.Add("orders").Publish().Browse();
        var two = _link.Add("payments").Publish().Browse();
        _link.RunFor(FromSeconds(1));
        Assert.Equal(["payments"], one.Others);
        Assert.Equal(["orders"], two.Others);
        var found = one.Seen["payments"];
        Assert.Equal(("payments.local", 7946, VirtualLink.Type), (found.Host, found.Port, found.ServiceType));
        Assert.Equal([IPAddress.Parse("10.0.0.2")], found.Addresses);
        Assert.Equal("shop", found.Text["CLUSTER"]);
    }

    [Fact]
    public void A_late_browser_finds_what_was_announced_long_ago()
    {
        _link.Add("orders").Publish();
        _link.RunFor(FromHours(3));
        var late = _link.Add("late").Browse();
        _link.RunFor(FromSeconds(1));
        Assert.Equal(["orders"], late.Others);
    }

    [Fact]
    public void Its_own_service_is_seen_as_its_own()
    {
        var one = _link.Add("orders").Publish().Browse();
        _link.RunFor(FromSeconds(5));
        Assert.True(Assert.Single(one.Seen.Values).IsOwn);
        Assert.Empty(one.Others);
    }

    [Fact]
    public void Its_own_service_stays_its_own_to_the_end()
    {
        var one = _link.Add("orders").Publish().Browse();
        _link.RunFor(FromSeconds(5));
        one.Withdraw();
        one.Dns.Tick(_link.Now, one);
        _link.RunFor(FromSeconds(5));
        Assert.All(one.Told, sighting => Assert.True(sighting.IsOwn));
        Assert.Empty(one.Seen);
    }

    [Fact]
    public void Its_own_service_is_its_own_in_whatever_order_it_is_published_heard_and_taken_back()
    {
        var generator = new Generator(12);
        for (var run = 0; run < 200; run++)
        {
            var link = new VirtualLink();
            var one = link.Add("orders").Browse();
            for (var step = 0; step < 12; step++)
                Do(generator.Next() % 5, link, one, generator.Between(Zero, FromSeconds(3)));
            Assert.True(one.Told.TrueForAll(sighting => sighting.IsOwn), $"run {run}: {string.Join(", ", one.Told)}");
        }

        static void Do(ulong what, VirtualLink link, VirtualLink.Machine one, TimeSpan time)
        {
            switch (what)
            {
                case 0:
                    one.Publish();
                    break;
                case 1:
                    one.Publish(one.Profile with { Instance = "other", Port = 1 });
                    break;
                case 2:
                    one.Withdraw();
                    break;
                case 3:
                    one.Dns.Tick(link.Now, one);
                    break;
                default:
                    link.RunFor(time);
                    break;
            }
        }
    }

    [Fact]
    public void A_name_that_was_taken_back_belongs_to_whoever_takes_it_next()
    {
        var one = _link.Add("orders").Publish().Browse();
        _link.RunFor(FromSeconds(5));
        one.Withdraw();
        _link.RunFor(FromMilliseconds(300));
        var two = _link.Add("payments");
        two.Publish(two.Profile with { Instance = "orders" });
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["orders"], one.Others);
    }

    [Fact]
    public void What_is_known_to_live_is_found_again_after_a_split()
    {
        var one = _link.Add("orders").Publish().Browse();
        var two = _link.Add("payments").Publish().Browse();
        var isWhole = true;
        _link.Loses = (from, to) => !isWhole && from != to;
        one.Knows = two.Knows = _ => isWhole;
        _link.RunFor(FromMinutes(30));
        isWhole = false;
        _link.RunFor(FromMinutes(30));
        Assert.Empty(one.Others);
        isWhole = true;
        _link.RunFor(FromMinutes(1.1));
        Assert.Equal(["payments"], one.Others);
        Assert.Equal(["orders"], two.Others);
    }

    [Fact]
    public void Goodbye_removes_within_a_second()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        two.Withdraw();
        _link.RunFor(FromSeconds(1.1));
        Assert.Equal(["+payments", "-payments"], one.Story);
        // Its addresses were not taken back, but nobody has a use for them any more.
        Assert.Equal(0, one.Dns.CachedRecords);
    }

    [Fact]
    public void Withdrawing_one_of_two_on_the_same_host_leaves_the_other()
    {
        var watcher = _link.Add("watcher").Browse();
        var one = _link.Add("one", address: "10.0.0.7");
        var two = _link.Add("two", address: "10.0.0.7");
        one.Publish(one.Profile with { Host = "shared.local" });
        two.Publish(two.Profile with { Host = "shared.local" });
        _link.RunFor(FromSeconds(10));
        one.Withdraw();
        _link.RunFor(FromMinutes(30));
        Assert.Equal(["two"], watcher.Others);
        Assert.DoesNotContain("-two", watcher.Story);
    }

    [Fact]
    public void A_machine_that_goes_without_a_word_is_lost_when_its_records_run_out()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        _link.Unplug(two);
        _link.RunFor(FromSeconds(60));
        Assert.Equal(["payments"], one.Others);
        _link.RunFor(FromSeconds(61));
        Assert.Empty(one.Others);
    }

    [Fact]
    public void A_machine_that_stays_is_never_lost()
    {
        var one = _link.Add("orders").Publish().Browse();
        var two = _link.Add("payments").Publish().Browse();
        _link.RunFor(FromHours(6));
        Assert.Equal(["+orders", "+payments"], one.Story.Order());
        Assert.Equal(["+orders", "+payments"], two.Story.Order());
    }

    [Fact]
    public void What_is_lost_and_comes_back_is_found_again()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(5));
        two.Withdraw();
        _link.RunFor(FromSeconds(5));
        two.Publish();
        _link.RunFor(FromSeconds(1));
        Assert.Equal(["+payments", "-payments", "+payments"], one.Story);
    }

    [Fact]
    public void A_restart_within_the_second_of_grace_is_no_loss()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(5));
        two.Withdraw();
        _link.RunFor(FromMilliseconds(300));
        two.Publish();
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["+payments"], one.Story);
    }

    [Fact]
    public void A_change_of_port_address_or_text_is_told_once_each()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        two.Publish(two.Profile with
        {
            Port = 1, Addresses = [IPAddress.Parse("10.9.9.9"), IPAddress.Parse("fe80::1%3")], Text = new Dictionary<string, string> { ["v"] = "2" },
        });
        _link.RunFor(FromSeconds(10));
        var found = one.Seen["payments"];
        Assert.Equal((1, "2"), (found.Port, found.Text["v"]));
        Assert.Equal([IPAddress.Parse("10.9.9.9"), IPAddress.Parse("fe80::1")], found.Addresses);
        // The old address lives one more second beside the new ones, then is gone.
        Assert.Equal(3, one.Story.Count);
    }

    [Fact]
    public void A_renamed_instance_takes_the_old_name_back()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        two.Publish(two.Profile with { Instance = "Payments v2.1" });
        _link.RunFor(FromSeconds(2));
        Assert.Equal(["Payments v2.1"], one.Others);
    }

    [Fact]
    public void Lost_announcements_only_delay_the_finding_to_the_next_question()
    {
        var one = _link.Add("orders", longestQueryInterval: FromSeconds(20)).Browse();
        _link.RunFor(FromMinutes(5));
        _link.Loses = (_, _) => true;
        _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        Assert.Empty(one.Others);
        _link.Loses = (_, _) => false;
        _link.RunFor(FromSeconds(21));
        Assert.Equal(["payments"], one.Others);
    }

    [Fact]
    public void Names_that_differ_in_case_are_one()
    {
        var one = _link.Add("orders").Browse();
        var two = _link.Add("payments").Publish();
        _link.RunFor(FromSeconds(10));
        two.Publish(two.Profile with { ServiceType = "_GOSSIP._UDP.Local", Instance = "PAYMENTS" });
        _link.RunFor(FromSeconds(5));
        Assert.Equal(["+payments"], one.Story);
    }

    [Fact]
    public void A_service_told_in_parts_is_asked_for_its_rest()
    {
        var one = _link.Add("orders").Browse();
        _link.Add("payments").Publish();
        var isFirst = true;
        // Only the PTR gets through at first, as a machine would say it that adds nothing of its own accord.
        _link.Loses = (_, _) => isFirst;
        _link.RunFor(FromSeconds(10));
        isFirst = false;
        var pointer = new DnsRecord(
            DnsName.Parse(VirtualLink.Type), RecordType.Ptr, false, FromMinutes(75), new PointerBody(DnsName.Parse($"payments.{VirtualLink.Type}")));
        _link.Inject(one, new IPEndPoint(IPAddress.Parse("10.0.0.2"), 5353), DnsFlags.Response, [], [pointer]);
        Assert.Empty(one.Others);
        _link.RunFor(FromSeconds(1));
        Assert.Equal(["payments"], one.Others);
    }

    [Fact]
    public void Fifty_machines_all_find_each_other_in_spite_of_loss()
    {
        var machines = Enumerable.Range(0, 50).Select(i => _link.Add($"node{i:00}").Publish().Browse()).ToList();
        var generator = new Generator(7);
        _link.Loses = (_, _) => generator.Next() % 10 == 0;
        _link.RunUntil(() => machines.TrueForAll(machine => machine.Others.Count() == 49), FromSeconds(30));
    }
}
