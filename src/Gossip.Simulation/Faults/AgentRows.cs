using System.Globalization;

namespace Gossip.Simulation;

/// <summary>Row 28: one node speaks for thousands.</summary>
internal static class AgentRows
{
    /// <summary>
    /// As many as an agent is made for, one time in three: a simulation holds those of all its nodes together. Of fewer than thousands the
    /// tenth is no storm, and each of its records goes from mouth to mouth.
    /// </summary>
    private const int Most = 5_000, Usual = 2_000, Large = 16;

    /// <summary>What comes to a node may be so many times what has changed.</summary>
    private const double Times = 3;

    private const double Loss = 0.05;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(28, "an agent of thousands replaces a tenth of its services at 5 % loss",
            "all know the new ones, and to each node come no more than three times their bytes", Replace),
    ];

    private static void Replace(FaultRun run)
    {
        var agent = run.AnyNode();
        var services = run.Size <= Large && run.Chance.Below(3) == 0 ? Most : Usual + run.Chance.Below(Usual / 4);
        var first = run.Chance.Below(10);
        run.Declare($"{services} services at {agent}");
        run.At(TimeSpan.Zero, () =>
        {
            for (var i = 0; i < services; i++)
                agent.Register(Instance(i, 0));
        });
        run.Demand(() => Problem(run, agent, services, first));
    }

    private static string? Problem(FaultRun run, SimulatedNode agent, int services, int first)
    {
        run.World.Network.Faults = LinkFaults.None;
        if (!run.Reaches(() => AllHave(run, agent), Patience))
            return $"{services} services were not known to all within {Patience.TotalSeconds:0} s";
        // What was sent before they were known is still on its way to some.
        run.Reaches(() => false, 20 * Second);
        run.World.Network.Faults = LinkFaults.None with { Loss = Loss };
        var (before, changed) = (Received(run, agent), 0);
        for (var i = first; i < services; i += 10)
        {
            var next = Instance(i, 1);
            agent.Deregister(next.InstanceId);
            next = next with { InstanceId = $"{next.InstanceId}-b" };
            agent.Register(next);
            changed += agent.Node.Self.StoredRecords[^1].Bytes;
        }

        if (!run.Reaches(() => AllHave(run, agent), Patience))
            return $"the new services were not known to all within {Patience.TotalSeconds:0} s";
        run.Reaches(() => false, 5 * Second);
        var each = (Received(run, agent) - before) / (double)(run.World.Nodes.Count - 1);
        return each <= Times * changed
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{changed} bytes of records changed, and {each:0} came to each node");
    }

    private static bool AllHave(FaultRun run, SimulatedNode agent) => run.World.Nodes.All(
        node => node.Node.FindMember(agent.Node.Self.Id)?.RecordsVersion == agent.Node.Self.RecordsVersion);

    private static long Received(FaultRun run, SimulatedNode agent) =>
        run.World.Nodes.Where(node => node != agent).Sum(node => node.Node.Counters.BytesReceived);

    /// <summary>As a definition in a file makes it.</summary>
    private static ServiceRecord Instance(int number, int version) => new()
    {
        InstanceId = string.Create(CultureInfo.InvariantCulture, $"instance-{number}"),
        Service = string.Create(CultureInfo.InvariantCulture, $"service-{number % 200}"),
        Version = string.Create(CultureInfo.InvariantCulture, $"1.{version}.{number}"),
        Endpoints = [new ServiceEndpoint("http", "http", "10.0.0.7", 10_000 + number)],
        Tags = ["blue"],
        Metadata = new Dictionary<string, string>
        {
            ["team"] = "shop", ["revision"] = string.Create(CultureInfo.InvariantCulture, $"{number}{version}abcdef"),
        },
        Lease = new ServiceLease { Agent = "host-7" },
    };
}
