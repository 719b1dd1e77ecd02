using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Rows 18 to 25: what bytes, strangers, versions and sockets do, and two rows at once.</summary>
internal static class StrangeRows
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The MTU of 576 that IPv4 guarantees, less the headers of IP and UDP and a tunnel's share; and a size that fits with room to spare.
    /// </summary>
    private const int NarrowPath = 576 - 48;

    private const int NarrowDatagram = 512;

    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(18, "corruption, truncation, random bytes", "no crash, no false state; below 10 %: no live member dies", Corruption),
        new(19, "hostile packets",
            "each packet that breaks the grammar is dropped; "
                + "a stranger is sent no more than its packet had, who speaks as a member at most eight datagrams; "
                + "with a key: nothing is answered, no table changes, no live member dies", Hostile, Sealed(0.5)),
        new(20, "replay across restarts, sealed", "safety", ReplayAcrossRestarts, Sealed(1)),
        new(21, "mixed versions", "no live member dies", MixedVersions),
        new(22, "small MTU, UDP blocked",
            "no live member dies or is held for out of reach, and news that fits no narrow path reaches all within 40 s meanwhile; "
                + "up to 16 nodes: one of each blocked pair says so", NarrowPaths, NarrowOptions),
        new(23, "IPv6 and both families", "no live member dies at 5 % loss", BothFamilies, IPv6Options),
        new(24, "send errors, full buffers",
            "news reaches all within 60 s meanwhile: "
                + "what a socket refuses is lost at its sender, on all its ways, streams included", SendErrors),
        new(25, "two faults at once", "agreement", Two, ChooseTwo),
    ];

    private static void Corruption(FaultRun run)
    {
        var share = 0.01 + (run.Chance.Fraction() * 0.19);
        run.Declare($"corruption {share:P0}");
        run.World.Network.Faults = run.World.Network.Faults with { Corruption = share };
        if (share < 0.1)
            run.DemandNoDeath();
    }

    private static Action<FaultRun> Sealed(double share) => run =>
    {
        if (!run.Chance.Chance(share))
            return;
        run.Declare($"sealed");
        run.BornWith(options => options with { Key = Key });
    };

    /// <summary>
    /// Without a key a stranger is believed as a member is: members may be held dead, and ghosts alive, until the strikes end. Ghosts are
    /// few, since each costs a failed probe, and all of them together a suspicion.
    /// </summary>
    private static void Hostile(FaultRun run)
    {
        var (strikes, ghosts) = (50 + run.Chance.Below(400), 1 + run.Chance.Below(Math.Max(1, run.Size / 4)));
        var isSealed = !run.World.Nodes[0].Node.Options.Key.IsEmpty;
        run.Declare($"{strikes} hostile packets, {ghosts} of which make members");
        run.Safety.IsForged = !isSealed;
        var stranger = new Stranger(run.World, run.Chance, run.Safety.Report);
        for (var i = 0; i < strikes; i++)
        {
            var mayJoin = i < ghosts;
            run.At(run.Moment, () => stranger.Strike(run.AnyNode(), mayJoin));
        }

        if (isSealed)
            run.DemandNoDeath();
    }

    private static void ReplayAcrossRestarts(FaultRun run)
    {
        var share = 0.05 + (run.Chance.Fraction() * 0.5);
        run.Declare($"replay {share:P0}");
        run.World.Network.Faults = run.World.Network.Faults with { Replay = Math.Max(share, run.World.Network.Faults.Replay) };
        ProcessRows.Restarts(run, 2 + run.Chance.Below(6));
    }

    private static void MixedVersions(FaultRun run)
    {
        var later = run.Some(1 + run.Chance.Below(run.Size));
        run.Declare($"{later.Length} speak a later version, one after the other");
        foreach (var node in later)
        {
            var restarts = run.Chance.Chance(0.5);
            run.At(run.Moment, () =>
            {
                node.Rewrite = Wire.AsLaterVersion;
                if (restarts)
                    node.Restart();
            });
        }

        run.DemandNoDeath();
    }

    /// <summary>Some nodes are configured for what their paths carry; most are not.</summary>
    private static void NarrowOptions(FaultRun run)
    {
        if (!run.Chance.Chance(0.2))
            return;
        run.Declare($"datagrams of at most {NarrowDatagram} B");
        run.BornWith(options => options with { DatagramSize = NarrowDatagram });
    }

    /// <summary>
    /// A datagram larger than a path carries vanishes there, and no other path may be wider. Then a stream has to bring the record: a node
    /// that lacks it finds that out by digest, once in two seconds while other news goes on, and every other comparison goes by stream. So
    /// the number of nodes that know it doubles in three rounds or less, seven times among 128: the bound is twice that.
    /// </summary>
    private static void NarrowPaths(FaultRun run)
    {
        var network = run.World.Network;
        var narrow = run.Chance.Chance(0.3) ? run.World.Nodes.ToArray() : run.Some(1 + run.Chance.Below(run.Size / 2));
        var blocked = 1 + run.Chance.Below(Math.Max(1, run.Size / 8));
        var walled = run.Chance.Chance(0.3) ? run.AnyNode() : null;
        run.Declare(
            $"paths of {narrow.Length} carry at most {NarrowPath} B, {blocked} pairs with UDP blocked, and all of {
                walled?.ToString() ?? "nobody"}");
        var faults = new LinkFaults { LargestDatagram = NarrowPath };
        foreach (var node in narrow)
            SetPaths(run, node, faults);
        var nothing = new LinkFaults { Loss = 1 };
        if (walled is not null)
            SetPaths(run, walled, nothing);
        var pairs = Enumerable.Range(0, blocked).Select(_ => run.Some(2)).ToList();
        foreach (var pair in pairs)
        {
            network.SetFaults(pair[0], pair[1], nothing);
            network.SetFaults(pair[1], pair[0], nothing);
        }

        // Each member is probed by one of the others at a time. So in 15 (n - 1) rounds one of a pair probes the other 15 times.
        if (run.Size <= 16)
        {
            run.Lasts(15 * run.Size * Second);
            run.Demand(() => pairs.FirstOrDefault(pair => !IsTold(pair[0], pair[1]) && !IsTold(pair[1], pair[0])) is { } silent
                ? $"neither {silent[0]} nor {silent[1]} says that datagrams are blocked between them"
                : null);
        }

        run.DemandNoDeath();
        run.DemandHealthyReached();
        run.DemandNewsArrives(40 * Second, bulk: 700);
    }

    private static bool IsTold(SimulatedNode node, SimulatedNode other) =>
        node.Node.IndirectlyReached.Any(member => member.Id == other.Node.Self.Id);

    private static void SetPaths(FaultRun run, SimulatedNode node, LinkFaults faults)
    {
        foreach (var other in run.World.Nodes)
        {
            run.World.Network.SetFaults(node, other, faults);
            run.World.Network.SetFaults(other, node, faults);
        }
    }

    private static void IPv6Options(FaultRun run)
    {
        var share = run.Chance.Chance(0.5) ? 1 : run.Chance.Fraction();
        run.Declare($"IPv6 {share:P0}");
        run.BornWith(options =>
        {
            if (!options.Address.IsIPv4)
                return options;
            Span<byte> bytes = stackalloc byte[4];
            options.Address.WriteBytes(bytes);
            if (StableHash.Mix(bytes[3], bytes[2]) % 1000 >= share * 1000)
                return options;
            byte[] address = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. bytes];
            return options with { Address = PeerAddress.From(new IPAddress(address), options.Address.Port) };
        });
    }

    private static void BothFamilies(FaultRun run)
    {
        run.World.Network.Faults = run.World.Network.Faults with { Loss = Math.Max(0.05, run.World.Network.Faults.Loss) };
        ProcessRows.Restarts(run, run.Chance.Below(3));
        run.DemandNoDeath();
    }

    private static void SendErrors(FaultRun run)
    {
        var share = run.Chance.Fraction() * 0.2;
        var full = run.Some(1 + run.Chance.Below(Math.Max(1, run.Size / 4)));
        run.Declare($"{share:P0} of sends fail, {full.Length} full buffers of up to 5 s");
        run.World.Network.Faults = run.World.Network.Faults with { SendFailure = share };
        foreach (var node in full)
        {
            var (at, span) = (run.Moment, run.Chance.Fraction() * 5 * Second);
            run.At(at, () => node.Outgoing = new LinkFaults { SendFailure = 1, LosesStreams = true });
            run.At(at + span, () => node.Outgoing = null);
        }

        run.DemandNewsArrives(60 * Second);
    }

    /// <summary>
    /// Two of the others; one time in five, three or four. Not the one that kills nearly all for good: then newcomers of the others may
    /// have no node left to ask; nor the one of thousands of services, which alone is as long as many.
    /// </summary>
    private static void ChooseTwo(FaultRun run)
    {
        var count = run.Chance.Chance(0.2) ? 3 + run.Chance.Below(2) : 2;
        var rows = FaultMatrix.Rows.Where(row => row.Number is not (16 or 25 or 28)).ToArray();
        run.Chance.Shuffle<FaultRow>(rows);
        // What a later version adds to each message would count as more than a stranger may be answered.
        var apart = rows.Last(row => row.Number is 19 or 21);
        run.Parts = [.. rows.Where(row => row != apart).Take(count)];
        foreach (var row in run.Parts)
        {
            run.Declare($"row {row.Number}");
            row.Prepare(run);
        }
    }

    private static void Two(FaultRun run)
    {
        run.DropsDemands = true;
        foreach (var row in run.Parts)
            row.Inject(run);
    }
}
