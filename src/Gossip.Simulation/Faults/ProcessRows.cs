using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Rows 10 to 17: what processes and hosts do.</summary>
internal static class ProcessRows
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(10, "process pause",
            "no pause up to 2 s kills anybody; more than 3 nodes: the paused take no healthy member with them", Pauses),
        new(11, "starvation",
            "at the start, up to 8 s before the first answer: no live member dies; "
                + "later, more than 3 nodes: the starved take no healthy member with them", Starvation),
        new(12, "wall clock", "no effect: restarts with a clock that is wrong join as any other, and no live member dies", WallClock),
        new(13, "suspend", "clock jumps kill nobody; more than 3 nodes: who slept takes no healthy member with it", Suspends),
        new(14, "names, addresses, lost incarnations", "agreement: the old identity never wins", Identities),
        new(15, "full restart, seeds down", "agreement: re-forms", FullRestart),
        new(16, "half, or nine tenths, killed at once",
            "the survivors agree within 9 s · n / survivors · (ln killed + 3) + 12 s · max(1, log10 n) after the chaos", MassKill),
        new(17, "churn and join storm", "agreement: converges", Churn, SmallTables),
    ];

    public static void Pauses(FaultRun run)
    {
        var longest = run.Chance.Chance(0.4) ? 2.0 : 30;
        var paused = run.Some(1 + run.Chance.Below(Math.Max(1, run.Size / 4)));
        run.Declare($"{paused.Length} pauses of up to {longest:0} s");
        foreach (var node in paused)
        {
            var span = 0.1 * Math.Pow(longest / 0.1, run.Chance.Fraction()) * Second;
            run.Afflict(node);
            run.At(run.Moment, () => node.Pause(span));
        }

        if (longest <= 2)
            run.DemandNoDeath();
        else if (run.Size > 3)
            run.DemandNoFalseAccusation();
    }

    public static void Starvation(FaultRun run)
    {
        if (run.Chance.Chance(0.4))
        {
            StarvedStarts(run);
            return;
        }

        var starved = run.Some((int)(run.Size * (0.01 + (run.Chance.Fraction() * 0.24))));
        var (stuck, free) = (0.05 * Math.Pow(160, run.Chance.Fraction()), 0.001 + (run.Chance.Fraction() * 0.2));
        run.Declare($"{starved.Length} nodes stuck for {stuck:0.00} s of each {stuck + free:0.00} s");
        foreach (var node in starved)
        {
            run.Afflict(node);
            for (var at = run.Chance.Fraction() * stuck; at < run.Length.TotalSeconds - 1; at += stuck + free)
                run.At(at * Second, () => node.Pause(stuck * Second));
        }

        if (run.Size > 3)
            run.DemandNoFalseAccusation();
    }

    /// <summary>A starting process sends its question, and then gets no processor time for so long that it can answer none.</summary>
    private static void StarvedStarts(FaultRun run)
    {
        var started = run.Some(1 + run.Chance.Below(Math.Max(1, run.Size / 4)));
        run.Declare($"{started.Length} starts that get stuck for up to 8 s");
        foreach (var node in started)
        {
            var (at, span) = (run.Moment, (1 + (run.Chance.Fraction() * 7)) * Second);
            run.Afflict(node);
            run.At(at, node.Restart);
            run.At(at + (0.0001 * Second), () => node.Pause(span));
        }

        run.DemandNoDeath();
    }

    public static void WallClock(FaultRun run)
    {
        run.Declare($"wall clocks off by up to an hour");
        foreach (var node in run.Some(run.Size))
        {
            var skew = ((run.Chance.Fraction() * 2) - 1) * 3600 * Second;
            run.At(run.Moment / 2, () => node.WallSkew = skew);
        }

        Restarts(run, 1 + run.Chance.Below(4));
        run.DemandNoDeath();
    }

    public static void Suspends(FaultRun run)
    {
        var longest = run.Size switch { <= 3 => 3600.0, <= 16 => 600, _ => 60 };
        var span = Math.Pow(longest, run.Chance.Fraction()) * Second;
        var asleep = run.Some(1 + run.Chance.Below(Math.Max(1, run.Size / 8)));
        var steps = run.Chance.Chance(0.3);
        run.Declare($"{asleep.Length} {(steps ? "clocks jump" : "hosts sleep")} by {span.TotalSeconds:0} s");
        run.Lasts((steps ? TimeSpan.Zero : span) + (30 * Second));
        foreach (var node in asleep)
        {
            run.Afflict(node);
            var at = run.Chance.Fraction() * 5 * Second;
            if (steps)
                run.At(at, () => node.JumpClock(span));
            else
                run.At(at, () => node.Suspend(span));
        }

        if (steps)
            run.DemandNoDeath();
        else if (run.Size > 3)
            run.DemandNoFalseAccusation();
    }

    public static void Identities(FaultRun run)
    {
        var changes = 2 + run.Chance.Below(6);
        run.Declare($"{changes} changes of name, address or clock");
        var spare = 0;
        for (var i = 0; i < changes; i++)
        {
            var (node, other, kind, wait) = (run.AnyNode(), run.AnyNode(), run.Chance.Below(5), run.Chance.Fraction() * 20 * Second);
            run.At(run.Moment, () =>
            {
                node.Crash(withHost: run.Chance.Chance(0.3));
                if (kind is 0 or 1)
                    node.Move(node.Address.WithPort(8000 + spare++));
                if (kind is 1 or 2)
                    node.Name = other.Name;
                if (kind == 3)
                    node.WallSkew = -run.Chance.Fraction() * 3600 * Second;
                if (kind == 4 && other != node)
                    SwapAddresses(node, other, ref spare);
            });
            run.At(run.Length * 0.8, () => Revive(node));
            if (run.Chance.Chance(0.5))
                run.At(run.Length * 0.3 + wait, () => Revive(node));
        }
    }

    public static void FullRestart(FaultRun run)
    {
        var (rolling, withHosts) = (run.Chance.Chance(0.3), run.Chance.Chance(0.5));
        var down = run.Chance.Fraction() * 20 * Second;
        run.Declare($"all down for {down.TotalSeconds:0.0} s, hosts too {withHosts}, rolling {rolling}");
        var at = Second;
        foreach (var node in run.Some(run.Size))
        {
            var (start, end) = (at, at + down + (run.Chance.Fraction() * 3 * Second));
            run.At(start, () => node.Crash(withHosts));
            if (run.Chance.Chance(0.8))
                run.At(end, node.Restart);
            if (rolling)
                at += run.Length / (run.Size * 4);
        }
    }

    public static void MassKill(FaultRun run)
    {
        var share = run.Chance.Chance(0.5) ? 0.5 : 0.9;
        var withHosts = run.Chance.Chance(0.5);
        var killed = run.Some(Math.Min(run.Size - 1, (int)(run.Size * share)));
        run.Declare($"{killed.Length} killed at once, hosts too {withHosts}");
        run.At(Second, () =>
        {
            foreach (var node in killed)
            {
                node.Crash(withHosts);
                run.Lose(node);
            }
        });

        // Among so many silent members the survivors blame themselves, and each probes one of its rows in 9 s. So a dead member is probed
        // in each 9 s with a chance of survivors / n, and the last of them late (the coupon collector's problem); then its suspicion runs.
        var survivors = run.Size - killed.Length;
        var bound = ((9.0 * run.Size / survivors * (Math.Log(killed.Length) + 3)) + (12 * Math.Max(1, Math.Log10(run.Size)))) * Second;
        run.Demand(() =>
            run.Reaches(run.World.IsInAgreement, bound)
                ? null
                : $"the survivors do not agree after {(run.Length + bound).TotalSeconds:0} s");
    }

    public static void Churn(FaultRun run)
    {
        var isTight = run.World.Nodes[0].Node.Options.MaxMembers < Limits.Members;
        var (changes, storm) = (2 + run.Chance.Below(Math.Max(4, run.Size / 4)), run.Chance.Chance(0.3) ? run.Size * 2 : 0);
        if (isTight)
            (changes, storm) = (changes + run.Size, 0);
        run.Declare($"{changes} comings and goings, storm of {storm}");
        for (var i = 0; i < changes; i++)
        {
            var kind = run.Chance.Below(4);
            run.At(run.Moment, () =>
            {
                var node = run.AnyNode();
                if (kind == 0 && !isTight)
                    run.Join();
                else if (kind == 1 && node.IsRunning)
                    Leave(run, node);
                else if (kind == 2)
                    node.Crash(run.Chance.Chance(0.5));
                else
                    node.Restart();
            });
        }

        run.At(run.Moment, () =>
        {
            for (var i = 0; i < storm; i++)
                run.Join();
        });
    }

    /// <summary>Tables with room for all live members and few dead ones, so that dead ones have to give way.</summary>
    private static void SmallTables(FaultRun run)
    {
        if (!run.Chance.Chance(0.3))
            return;
        var most = run.Size + 1 + run.Chance.Below(1 + (run.Size / 2));
        run.Declare($"room for {most} members");
        run.BornWith(options => options with { MaxMembers = most });
    }

    public static void Restarts(FaultRun run, int count)
    {
        run.Declare($"{count} restarts");
        for (var i = 0; i < count; i++)
        {
            var node = run.AnyNode();
            run.At(run.Moment, node.Restart);
        }
    }

    /// <summary>
    /// The first two are the seeds of all, and come back: where every seed is gone for good, newcomers have no node to ask.
    /// </summary>
    private static void Leave(FaultRun run, SimulatedNode node)
    {
        node.Leave();
        if (run.Chance.Chance(0.5) && node.Index > 1)
            run.Lose(node);
    }

    private static void Revive(SimulatedNode node)
    {
        if (!node.IsRunning)
            node.Restart();
    }

    /// <summary>One node takes the other's address, as after an expired lease, and the other moves to a new one.</summary>
    private static void SwapAddresses(SimulatedNode node, SimulatedNode other, ref int spare)
    {
        var address = other.Address;
        other.Crash();
        other.Move(address.WithPort(8000 + spare++));
        node.Move(address);
        other.Restart();
    }
}
