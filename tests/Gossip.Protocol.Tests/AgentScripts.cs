using Gossip.Simulation;
using Xunit.Abstractions;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>One node speaks for thousands.</summary>
public sealed class AgentScripts(ITestOutputHelper output)
{
    private const int Services = 5_000;
    private const int Replaced = 500;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void An_agent_of_thousands_that_replaces_hundreds_sends_not_much_more_than_those_where_packets_get_lost()
    {
        using var world = Converged(31, 16);
        var agent = world.Nodes[5];
        for (var i = 0; i < Services; i++)
            agent.Register(Instance(i, 0));
        Assert.True(world.RunUntil(() => world.IsInAgreement() && world.Nodes.All(node => Count(node, agent) == Services), 120 * Second), world.ToString());
        world.RunFor(20 * Second);
        world.Network.Faults = world.Network.Faults with { Loss = 0.05 };
        var changed = 0;
        var before = Received(world, agent);

        for (var i = 0; i < Replaced; i++)
        {
            agent.Deregister($"instance-{i * 10}");
            agent.Register(Instance(i * 10, 1) with { InstanceId = $"instance-{i * 10}-b" });
            changed += Sample.Payload(Instance(i * 10, 1)).Length;
        }

        Assert.True(world.RunUntil(() => world.Nodes.All(node => Has(node, agent)), 120 * Second), world.ToString());
        world.RunFor(5 * Second);
        var each = (Received(world, agent) - before) / (double)(world.Nodes.Count - 1);
        output.WriteLine($"{changed} bytes of records changed, {each:0} bytes came to each node: {each / changed:0.00} times");
        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.InRange(each / changed, 1, 3);
    }

    private static long Received(World world, SimulatedNode agent) =>
        world.Nodes.Where(node => node != agent).Sum(node => node.Node.Counters.BytesReceived);

    private static int Count(SimulatedNode node, SimulatedNode agent) =>
        node.Node.FindMember(agent.Node.Self.Id)!.StoredRecords.Count(record => record.IsReadable);

    private static bool Has(SimulatedNode node, SimulatedNode agent) =>
        node.Node.FindMember(agent.Node.Self.Id)!.RecordsVersion == agent.Node.Self.RecordsVersion;

    /// <summary>As a definition in a file makes it.</summary>
    private static ServiceRecord Instance(int number, int version) => new()
    {
        InstanceId = $"instance-{number}",
        Service = $"service-{number % 200}",
        Version = $"1.{version}.{number}",
        Endpoints = [new ServiceEndpoint("http", "http", "10.0.0.7", 10_000 + number)],
        Tags = ["blue"],
        Metadata = new Dictionary<string, string> { ["team"] = "shop", ["revision"] = $"{number}{version}abcdef" },
        Lease = new ServiceLease { Agent = "host-7" },
    };
}
