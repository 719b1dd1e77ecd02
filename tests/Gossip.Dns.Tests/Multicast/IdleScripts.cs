using Gossip.Dns.Messages;
using static System.TimeSpan;

namespace Gossip.Dns.Tests.Multicast;

/// <summary>What machines say to each other when nothing happens: as little as keeps newcomers found.</summary>
public class IdleScripts
{
    private readonly VirtualLink _link = new();

    [Fact]
    public void Nobody_asks_the_network_for_its_own_records()
    {
        var nodes = Enumerable.Range(0, 2).Select(i => _link.Add($"node{i}").Publish().Browse()).ToList();
        _link.RunFor(FromSeconds(30));
        _link.Sent.Clear();
        _link.RunFor(FromMinutes(10));
        Assert.DoesNotContain(_link.Sent, sent => sent.Message.Questions.Any(question => question.Name.ToString().Contains(sent.Sender)));
        Assert.All(nodes, node => Assert.Equal(2, node.Seen.Count));
    }

    [Fact]
    public void Two_nodes_that_know_each_other_ask_for_newcomers_and_nothing_else()
    {
        var nodes = Enumerable.Range(0, 2).Select(i => _link.Add($"node{i}").Publish().Browse()).ToList();
        nodes.ForEach(node => node.Knows = _ => true);
        _link.RunFor(FromSeconds(150));
        _link.Sent.Clear();
        _link.RunFor(FromMinutes(10));
        Assert.All(_link.Sent, sent => Assert.Equal(RecordType.Ptr, Assert.Single(sent.Message.Questions).Type));
        Assert.InRange(_link.Sent.Count, 9, 11);
        Assert.All(nodes, node => Assert.Equal(2, node.Seen.Count));
    }

    [Fact]
    public void A_hundred_nodes_that_know_each_other_say_less_than_a_packet_in_three_seconds()
    {
        var nodes = Enumerable.Range(0, 100).Select(i => _link.Add($"node{i:000}").Publish()).ToList();
        nodes.ForEach(node => node.Knows = _ => true);
        _link.RunFor(FromSeconds(10));
        nodes.ForEach(node => node.Browse());
        _link.RunFor(FromMinutes(2));
        Assert.All(nodes, node => Assert.Equal(100, node.Seen.Count));
        _link.Sent.Clear();
        _link.RunFor(FromMinutes(3));
        Assert.All(nodes, node => Assert.Equal(100, node.Seen.Count));
        Assert.InRange(_link.Sent.Count, 1, 60);
    }

    [Fact]
    public void A_machine_that_hears_nothing_finds_out_that_it_does_not_hear_itself()
    {
        var one = _link.Add("orders").Publish().Browse();
        _link.RunFor(FromMinutes(10));
        Assert.Equal(["+orders"], one.Story);
        _link.Loses = (_, _) => true;
        _link.RunFor(FromMinutes(5));
        Assert.Equal(["+orders", "-orders"], one.Story);
        _link.Loses = (_, _) => false;
        _link.RunFor(FromMinutes(2));
        Assert.Equal(["+orders", "-orders", "+orders"], one.Story);
    }

    [Fact]
    public void Who_knows_less_than_an_asker_of_many_packets_asks_as_well()
    {
        // The known answers take several packets, and the one that a machine missed stands in the last of them.
        var nodes = Enumerable.Range(0, 40).Select(i => _link.Add($"a node with a name of many letters {i:000}").Publish().Browse()).ToList();
        nodes.ForEach(node => node.Knows = _ => true);
        _link.RunFor(FromMinutes(3));
        var deaf = nodes[0];
        _link.Loses = (_, to) => to == deaf;
        var late = _link.Add("late").Publish().Browse();
        late.Knows = _ => true;
        _link.RunFor(FromSeconds(20));
        Assert.DoesNotContain("late", deaf.Others);
        _link.Loses = (_, _) => false;
        _link.RunFor(FromSeconds(70));
        Assert.Contains("late", deaf.Others);
    }
}
