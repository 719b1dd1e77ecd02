namespace Gossip.Simulation;

/// <summary>Rows 1 to 9: what the network does.</summary>
internal static class NetworkRows
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly double[] Losses = [0.01, 0.05, 0.10, 0.25, 0.50];

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(1, "uniform loss", "up to 10 %: no live member dies; up to 25 %: news reaches all within 60 s meanwhile", Loss),
        new(2, "bursty loss",
            "bursts up to 10 %: no live member dies; up to 25 %: news reaches all within 60 s meanwhile; "
                + "one node in silence for up to 2 min: no healthy member dies among the healthy", Bursts),
        new(3, "duplication", "no live member dies", Duplication),
        new(4, "reordering and stale replay", "safety", Reordering),
        new(5, "delay and jitter", "50 ± 10 ms: no live member dies; else none dies twice in one view", Delay),
        new(6, "one-way links", "more than 3 nodes: no live member dies or is held for out of reach, the indirect path keeps them", OneWay),
        new(7, "asymmetric partition, flip-flop, one bad node",
            "no view of a member changes more than 4 times, or 20 at 80 % loss; "
                + "more than 3 nodes: no healthy member dies, or is held for out of reach, among the healthy", OneBad),
        new(8, "full split", "agreement: merges without restart", Split),
        new(9, "clogged links", "agreement: recovers", Clogs),
    ];

    public static void Loss(FaultRun run)
    {
        var loss = Losses[run.Chance.Below(Losses.Length)];
        run.Declare($"loss {loss:P0}");
        run.World.Network.Faults = run.World.Network.Faults with { Loss = loss };
        if (loss <= 0.10)
            run.DemandNoDeath();
        if (loss <= 0.25)
            run.DemandNewsArrives(60 * Second);
    }

    public static void Bursts(FaultRun run)
    {
        if (run.Chance.Chance(0.3))
        {
            var gap = (5 + (run.Chance.Fraction() * 115)) * Second;
            var node = run.AnyNode();
            run.Declare($"{node} hears and says nothing for {gap.TotalSeconds:0} s");
            run.Lasts(gap + (10 * Second));
            run.Afflict(node);
            var silence = new LinkFaults { Loss = 1, LosesStreams = true };
            run.At(Second, () => (node.Outgoing, node.Incoming) = (silence, silence));
            run.At(Second + gap, () => (node.Outgoing, node.Incoming) = (null, null));
            run.DemandHealthyKept();
            return;
        }

        var loss = 0.01 + (run.Chance.Fraction() * 0.24);
        var end = 0.15 + (run.Chance.Fraction() * 0.3);
        var start = loss * end / (1 - loss);
        run.Declare($"loss {loss:P0} in bursts of {1 / end:0.0}");
        run.World.Network.Faults = run.World.Network.Faults with { BurstStart = start, BurstEnd = end };
        if (loss <= 0.10)
            run.DemandNoDeath();
        run.DemandNewsArrives(60 * Second);
    }

    public static void Duplication(FaultRun run)
    {
        var share = 0.01 + (run.Chance.Fraction() * 0.99);
        run.Declare($"duplication {share:P0}");
        run.World.Network.Faults = run.World.Network.Faults with { Duplication = share };
        run.DemandNoDeath();
    }

    public static void Reordering(FaultRun run)
    {
        var (reorder, replay) = (run.Chance.Fraction() * 0.2, run.Chance.Fraction() * 0.2);
        var late = (0.05 + (run.Chance.Fraction() * 2)) * Second;
        run.Declare($"reorder {reorder:P0} by {late.TotalSeconds:0.0} s, replay {replay:P0}");
        run.World.Network.Faults = run.World.Network.Faults with { Reorder = reorder, ReorderBy = late, Replay = replay };
        ProcessRows.Restarts(run, 1 + run.Chance.Below(4));
    }

    public static void Delay(FaultRun run)
    {
        var (shortest, longest) = run.Chance.Below(3) switch { 0 => (40, 60), 1 => (100, 900), _ => (500, 1500) };
        run.Declare($"delay {shortest}–{longest} ms");
        var faults = run.World.Network.Faults with { ShortestDelay = shortest * Millisecond, LongestDelay = longest * Millisecond };
        if (run.Chance.Chance(0.3))
        {
            run.Declare($"spikes");
            faults = faults with { Spikes = 0.02, SpikeDelay = 3 * Second };
        }

        run.World.Network.Faults = faults;
        if (longest < 100)
            run.DemandNoDeath();
        else
            run.DemandFewChanges(2);
    }

    public static void OneWay(FaultRun run)
    {
        var links = 1 + run.Chance.Below(Math.Max(1, run.Size / 4));
        run.Declare($"{links} one-way links");
        for (var i = 0; i < links; i++)
        {
            var pair = run.Some(2);
            run.At(run.Moment, () => run.World.Network.Cut(pair[0], pair[1]));
        }

        if (run.Size <= 3)
            return;
        run.DemandNoDeath();
        run.DemandHealthyReached();
    }

    public static void OneBad(FaultRun run)
    {
        var bad = run.Some(Math.Max(1, run.Size / 100));
        var loss = run.Chance.Chance(0.5) ? 1 : 0.8;
        var direction = run.Chance.Below(3);
        var flips = run.Chance.Chance(0.5);
        run.Declare(
            $"{bad[0]} and {bad.Length - 1} more lose {loss:P0} {(
                direction == 0 ? "in" : direction == 1 ? "out" : "both ways")}, flip-flop {flips}");
        run.Lasts(80 * Second);
        var faults = new LinkFaults { Loss = loss, LosesStreams = true };
        foreach (var node in bad)
        {
            run.Afflict(node);
            for (var at = 0; at < run.Length.TotalSeconds; at += 20)
            {
                var isBad = !flips || at % 40 == 0;
                run.At(at * Second, () =>
                {
                    node.Incoming = isBad && direction != 1 ? faults : null;
                    node.Outgoing = isBad && direction != 0 ? faults : null;
                });
            }
        }

        // Total silence is one death and one return in each of two bad spells. At 80 % a death takes 3 s, a probe and the shortest
        // suspicion, and the return 5 s, until one packet in five has reached the dead one: no more than ten of both in 80 s.
        run.DemandFewChanges(loss < 1 ? 20 : 4);
        if (run.Size <= 3)
            return;
        run.DemandHealthyKept();
        run.DemandHealthyReached();
    }

    public static void Split(FaultRun run)
    {
        var longest = run.Size switch { <= 3 => 3600.0, <= 16 => 600, _ => 60 };
        var span = 10 * Math.Pow(longest / 10, run.Chance.Fraction()) * Second;
        var parts = 2 + run.Chance.Below(2);
        run.Declare($"{parts} parts for {span.TotalSeconds:0} s");
        run.Lasts(span + Second);
        var groups = new List<SimulatedNode>[parts];
        for (var i = 0; i < parts; i++)
            groups[i] = [];
        foreach (var node in run.Some(run.World.Nodes.Count))
            groups[run.Chance.Below(parts)].Add(node);
        var start = run.Length - span;
        run.At(start, () => run.World.Network.Partition(groups));
        run.At(start + span, () => run.World.Network.Partition());
    }

    public static void Clogs(FaultRun run)
    {
        var clogs = run.Size * (1 + run.Chance.Below(5));
        run.Declare($"{clogs} clogs of 0.1–30 s");
        for (var i = 0; i < clogs; i++)
        {
            var (pair, span) = (run.Some(2), 0.1 * Math.Pow(300, run.Chance.Fraction()) * Second);
            var whole = run.Chance.Chance(0.2);
            run.At(run.Moment, () =>
            {
                foreach (var other in whole ? run.World.Nodes : pair[1..])
                    run.World.Network.Clog(pair[0], other, span);
            });
        }
    }
}
