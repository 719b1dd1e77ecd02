using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Rows 18 to 25: what bytes, strangers, versions and sockets do, and two rows at once.</summary>
internal static class StrangeRows
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    // What two rows may be combined of: those that leave the options at birth alone, and that do not lose nodes for good.
    private static readonly FaultRow[] Combinable =
    [
        .. NetworkRows.All.Select(row => new FaultRow(row.Number, row.Name, "", row.Inject)),
        .. ProcessRows.All.Where(row => row.Number is not 16),
    ];

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(18, "corruption, truncation, random bytes", "no crash, no false state; below 10 %: no live member dies", Corruption),
        new(19, "hostile packets", "each packet that breaks the grammar is dropped; a stranger is sent no more than its packet had, who speaks as a member at most eight datagrams; with a key: nothing is answered, no table changes, no live member dies", Hostile, Sealed(0.5)),
        new(20, "replay across restarts, sealed", "safety", ReplayAcrossRestarts, Sealed(1)),
        new(21, "mixed versions", "no live member dies", MixedVersions),
        new(22, "small MTU, UDP blocked", "no live member dies, and news reaches all within 15 s meanwhile: what does not fit, or does not pass, goes by stream", NarrowPaths, NarrowOptions),
        new(23, "IPv6 and both families", "no live member dies at 5 % loss", BothFamilies, IPv6Options),
        new(24, "send errors, full buffers", "agreement: the loop never dies", SendErrors),
        new(25, "two faults at once", "safety", Two),
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
        run.Configure = options => options with { Key = Key };
    };

    /// <summary>
    /// Without a key a stranger is believed as a member is: members may be held dead, and ghosts alive, until the strikes end. Ghosts are few,
    /// since each costs a probe that fails, and all of them a suspicion.
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
        run.World.Network.Faults = run.World.Network.Faults with { Replay = share };
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

    private static void NarrowOptions(FaultRun run)
    {
        if (run.Chance.Chance(0.3))
            run.Configure = options => options with { DatagramSize = 512 };
    }

    private static void NarrowPaths(FaultRun run)
    {
        var largest = run.World.Nodes[0].Node.Options.DatagramSize < Limits.DatagramSize ? 576 - 48 : 1280 - 48;
        var blocked = run.Chance.Below(1 + Math.Max(1, run.Size / 8));
        run.Declare($"at most {largest} B, {blocked} pairs with UDP blocked");
        run.World.Network.Faults = run.World.Network.Faults with { LargestDatagram = largest };
        var nothing = new LinkFaults { Loss = 1 };
        for (var i = 0; i < blocked; i++)
        {
            var pair = run.Some(2);
            run.World.Network.SetFaults(pair[0], pair[1], nothing);
            run.World.Network.SetFaults(pair[1], pair[0], nothing);
        }

        run.DemandNoDeath();
        run.DemandNewsArrives(15 * Second);
    }

    private static void IPv6Options(FaultRun run)
    {
        var share = run.Chance.Chance(0.5) ? 1 : run.Chance.Fraction();
        run.Declare($"IPv6 {share:P0}");
        run.Configure = options =>
        {
            if (!options.Address.IsIPv4)
                return options;
            Span<byte> bytes = stackalloc byte[4];
            options.Address.WriteBytes(bytes);
            if (StableHash.Mix(bytes[3], bytes[2]) % 1000 >= share * 1000)
                return options;
            byte[] address = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. bytes];
            return options with { Address = PeerAddress.From(new IPAddress(address), options.Address.Port) };
        };
    }

    private static void BothFamilies(FaultRun run)
    {
        run.World.Network.Faults = run.World.Network.Faults with { Loss = 0.05 };
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
    }

    /// <summary>Two of the others; one time in five, three or four.</summary>
    private static void Two(FaultRun run)
    {
        var count = run.Chance.Chance(0.2) ? 3 + run.Chance.Below(2) : 2;
        var rows = (FaultRow[])Combinable.Clone();
        run.Chance.Shuffle<FaultRow>(rows);
        run.DropsDemands = true;
        foreach (var row in rows.AsSpan(0, count))
        {
            run.Declare($"row {row.Number}");
            row.Inject(run);
        }
    }
}
