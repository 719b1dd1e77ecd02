using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Row 27: nodes that have no room for all records.</summary>
internal static class RecordRows
{
    /// <summary>Characters of a record's longest text.</summary>
    private const int Bulk = 1000;

    /// <summary>The least room that a node can be given.</summary>
    private const int Least = 64 * 1024;

    /// <summary>How long no record may be compared when all have agreed.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(27, "no room for all records at half of the nodes",
            "none of them holds more than its room; all agree meanwhile, those with room show all records, "
                + "and then nobody compares any for a minute",
            Fill, LittleRoom),
    ];

    private static void LittleRoom(FaultRun run) =>
        run.BornWith(options => IsSmall(options) ? options with { MaxRecordBytes = Least } : options);

    /// <summary>Each node registers so much that the room is hit, be it by all records or by one owner's share of it.</summary>
    private static void Fill(FaultRun run)
    {
        // One owner's share is an eighth of the room; of sixteen nodes it is all of them that need more.
        var (stay, most) = (run.Size <= 8 ? 8 : 4, 9 + run.Chance.Below(8));
        var (loss, restarts) = (run.Chance.Chance(0.5) ? run.Chance.Fraction() * 0.1 : 0, run.Chance.Below(4));
        run.Declare($"room for {Least / 1024} KiB, {stay} to {most} records of {Bulk} bytes for each node, loss {loss:P0}");
        run.World.Network.Faults = run.World.Network.Faults with { Loss = Math.Max(loss, run.World.Network.Faults.Loss) };
        foreach (var node in run.World.Nodes)
        {
            var count = stay + run.Chance.Below(1 + most - stay);
            for (var i = 0; i < count; i++)
                Enter(run, node, $"bulk-{i}", maybeGoes: i >= stay);
        }

        ProcessRows.Restarts(run, restarts);
        run.Demand(() => Problem(run, isHit: restarts == 0));
    }

    /// <summary>Records come, and some go: there is room again for what gave way.</summary>
    private static void Enter(FaultRun run, SimulatedNode node, string instance, bool maybeGoes)
    {
        run.At(run.Moment, () => Register(node, instance));
        if (maybeGoes && run.Chance.Chance(0.5))
            run.At(run.Moment, () => Deregister(node, instance));
    }

    private static void Register(SimulatedNode node, string instance)
    {
        if (node.IsRunning)
            node.Register(new ServiceRecord
            {
                InstanceId = instance, Service = "orders", Metadata = new Dictionary<string, string> { ["bulk"] = new('x', Bulk) },
            });
    }

    private static void Deregister(SimulatedNode node, string instance)
    {
        if (node.IsRunning)
            node.Deregister(instance);
    }

    private static string? Problem(FaultRun run, bool isHit)
    {
        run.World.Network.Faults = LinkFaults.None;
        if (!run.Reaches(run.World.IsInAgreement, run.Bound))
            return $"no agreement among nodes with room and without within {run.Bound.TotalSeconds:0} s";
        var small = run.World.Nodes.Where(node => IsSmall(node.Node.Options)).ToList();
        if (small.Find(node => Held(node) > Least) is { } full)
            return string.Create(CultureInfo.InvariantCulture, $"{full} holds {Held(full)} bytes of records");
        if (run.World.Nodes.FirstOrDefault(node => !small.Contains(node) && HasUnheld(node)) is { } large)
            return $"{large} has room and does not hold all records";
        if (isHit && !small.Exists(HasUnheld))
            return "no node was short of room";
        var before = Comparisons(run);
        run.Reaches(() => false, Quiet);
        return Comparisons(run) - before is > 0 and var compared
            ? string.Create(CultureInfo.InvariantCulture, $"{compared} comparisons in {Quiet.TotalSeconds} s without a change")
            : null;
    }

    /// <summary>Half of the nodes, by the numbers in their names.</summary>
    private static bool IsSmall(NodeOptions options) => options.Name.Length > 0 && options.Name[^1] % 2 == 0;

    private static long Held(SimulatedNode node) =>
        node.Node.Members.Where(member => member.Id != node.Node.Self.Id).Sum(member => member.Records.Cost);

    private static bool HasUnheld(SimulatedNode node) => node.Node.Members.Any(member => member.IsLive && member.IsUnheld);

    private static long Comparisons(FaultRun run) => run.World.Nodes.Sum(node => node.Node.Counters.Repairs);
}
