using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>Scripts about service records, in virtual time.</summary>
public sealed class RecordScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_registration_an_update_and_a_deregistration_reach_everybody_within_a_tenth_of_a_second()
    {
        using var world = Converged(1, 16);
        var payments = Record("payments-1", "payments");

        world.Nodes[3].Register(payments);
        Assert.True(world.RunUntil(() => Everybody(world, 3, payments), Second / 10), world.ToString());

        var draining = payments with { State = ServiceState.Draining };
        world.Nodes[3].Register(draining);
        Assert.True(world.RunUntil(() => Everybody(world, 3, draining), Second / 10), world.ToString());

        world.Nodes[3].Deregister("payments-1");
        Assert.True(world.RunUntil(() => Everybody(world, 3), Second / 10), world.ToString());
    }

    [Fact]
    public void The_same_record_again_is_no_change()
    {
        using var world = Converged(2, 3);
        world.Nodes[0].Register(Record("a", "orders"));
        world.RunFor(Second);
        var before = world.Nodes[0].Node.Self.RecordsVersion;

        world.Nodes[0].Register(Record("a", "orders"));

        Assert.Equal(before, world.Nodes[0].Node.Self.RecordsVersion);
    }

    [Fact]
    public void A_record_too_large_for_a_datagram_travels_by_stream_and_no_datagram_outgrows_its_limit()
    {
        using var world = Converged(3, 16);
        var tags = Enumerable.Range(0, Limits.Tags).Select(i => new string((char)('a' + (i % 26)), 100)).ToArray();
        var large = Record("a", "orders") with { Metadata = new Dictionary<string, string> { ["manual"] = new string('x', 16_000) }, Tags = tags };

        world.Nodes[3].Register(large);

        Assert.True(world.RunUntil(() => Everybody(world, 3, large), Second), world.ToString());
        Assert.InRange(world.Network.LargestDatagram, 1, Limits.DatagramSize);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    public void Where_all_paths_are_narrow_a_large_record_reaches_all_within_twenty_rounds_whatever_small_news_there_is(int nodes, bool isBusy)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            using var world = Converged(seed, nodes);
            world.RunFor(8 * Second);
            world.Network.Faults = LinkFaults.None with { LargestDatagram = 528 };
            var large = Record("large", "orders") with { Metadata = new Dictionary<string, string> { ["bulk"] = new string('x', 700) } };
            world.Nodes[1].Register(large);
            bool IsKnown() => world.Nodes.All(node => node.Node.ServicesOf(world.Nodes[1].Node.Self.Id).Any(record => record.InstanceId == "large"));

            for (var round = 0; round < 20 && !world.RunUntil(IsKnown, Second); round++)
            {
                if (isBusy)
                    world.Nodes[(round * 5) % nodes].Register(Record("small", "orders") with { Version = $"{round}" });
            }

            Assert.True(IsKnown(), world.ToString());
        }
    }

    [Fact]
    public void A_newcomer_gets_all_records_with_its_join()
    {
        using var world = Converged(4, 3);
        var records = Enumerable.Range(0, 300).Select(i => Record($"instance-{i:000}", $"service-{i % 7}")).ToArray();
        foreach (var record in records)
            world.Nodes[1].Register(record);
        world.RunFor(5 * Second);

        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[0]);

        Assert.True(world.RunUntil(() => newcomer.Node.IsSynchronized && Everybody(world, 1, records), Second / 2), world.ToString());
    }

    [Fact]
    public void What_gossip_misses_the_digest_repairs()
    {
        using var world = Converged(5, 16);
        world.Network.Loss = 1;
        var missed = Record("a", "orders");
        world.Nodes[3].Register(missed);
        world.RunFor(Second / 2);
        world.Network.Loss = 0;

        Assert.True(world.RunUntil(() => Everybody(world, 3, missed), 5 * Second), world.ToString());
        Assert.True(world.Nodes.Sum(node => node.Node.Counters.Repairs) > 0);
    }

    [Fact]
    public void A_deregistered_record_never_returns_from_a_node_that_missed_the_deregistration()
    {
        using var world = Converged(6, 6);
        world.Nodes[0].Register(Record("a", "orders"));
        world.RunFor(Second);
        world.Network.Partition(world.Nodes.Take(3), world.Nodes.Skip(3));
        world.Nodes[0].Deregister("a");
        for (var i = 0; i < 2 * Limits.FewestTombstones; i++)
        {
            world.Nodes[0].Register(Record($"b{i}", "orders"));
            world.Nodes[0].Deregister($"b{i}");
        }

        world.RunFor(60 * Second);
        world.Network.Heal();

        Assert.True(world.RunUntil(world.IsInAgreement, 60 * Second), world.ToString());
        Assert.True(Everybody(world, 0), "a deregistered record came back");
    }

    [Fact]
    public void A_storm_of_records_does_not_starve_membership()
    {
        using var world = Converged(7, 8);
        for (var i = 0; i < 1000; i++)
            world.Nodes[0].Register(Record($"instance-{i:0000}", "orders") with { Metadata = new Dictionary<string, string> { ["m"] = new string('y', 300) } });

        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[1]);

        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.LiveCount == 9), Second / 4), world.ToString());
        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
    }

    private static ServiceRecord Record(string instance, string service) => new()
    {
        InstanceId = instance,
        Service = service,
        Version = "1.2.3",
        Endpoints = [new ServiceEndpoint("http", "http", "10.0.0.1", 8080)],
    };

    private static bool Everybody(World world, int owner, params ServiceRecord[] records)
    {
        var id = world.Nodes[owner].Node.Self.Id;
        var wanted = records.Select(Text).Order().ToArray();
        return world.Nodes.All(node => node.Node.ServicesOf(id).Select(Text).Order().SequenceEqual(wanted));
    }

    private static string Text(ServiceRecord record) =>
        $"{record.InstanceId} {record.Service} {record.Version} {record.State} {string.Join(',', record.Endpoints)} {string.Join(',', record.Metadata)}";
}
