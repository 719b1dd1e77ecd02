using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>The work that goes on in every run, and what rows demand of it.</summary>
internal sealed partial class FaultRun
{
    /// <summary>No node holds a running member dead.</summary>
    public void DemandNoDeath() => Demand(() =>
        Safety.FalseDeaths.Count == 0 ? null : $"{Safety.FalseDeaths.Count} deaths of live members, first {Safety.FalseDeaths[0]}");

    /// <summary>No healthy node holds a healthy one for out of its reach: a relay reaches it at the least.</summary>
    public void DemandHealthyReached() => Demand(() =>
    {
        var unreached = Safety.Unreached.Where(one => !IsAfflicted(one.Observer) && !IsAfflicted(one.Member)).ToList();
        return unreached.Count == 0
            ? null
            : $"{unreached.Count} times a member was held for out of reach that was not, first {unreached[0]}";
    });

    /// <summary>No healthy node holds a healthy one dead.</summary>
    public void DemandHealthyKept() => Demand(() =>
        Describe(death => !IsAfflicted(death.Member) && !IsAfflicted(death.Observer), "a healthy member died among the healthy"));

    /// <summary>Broken nodes do not make healthy ones be held dead: neither by their accusations nor in their own view.</summary>
    public void DemandNoFalseAccusation() => Demand(() => Describe(death => !IsAfflicted(death.Member), "a healthy member died"));

    /// <summary>
    /// A member may die and come back, but not repeatedly: the view that a node has of one member changes at most this often. A view
    /// changes when the member dies, and when it is live again.
    /// </summary>
    public void DemandFewChanges(int most) => Demand(() =>
    {
        var (worst, times) = _changes.OrderByDescending(pair => pair.Value).FirstOrDefault();
        return times > most ? $"the view that node-{worst.Observer} has of {worst.Member} changed {times} times" : null;
    });

    /// <summary>A record that is written while the network is broken is known to all within a bound, while it stays broken.</summary>
    /// <param name="bound">The bound.</param>
    /// <param name="bulk">How many further bytes the record has.</param>
    public void DemandNewsArrives(TimeSpan bound, int bulk = 0) => Demand(() =>
    {
        var writer = World.Nodes.First(node => node.IsRunning);
        Write(writer, "news", bulk);
        var number = _writes.ToString(CultureInfo.InvariantCulture);
        var id = writer.Node.Self.Id;
        bool Knows(SimulatedNode node) => !node.IsRunning || node.Node.ServicesOf(id).Any(record => record.Version == number);
        return Reaches(() => World.Nodes.All(Knows), bound)
            ? null
            : $"news of {writer} is unknown to {World.Nodes.Count(node => !Knows(node))} nodes after {bound.TotalSeconds:0} s";
    });

    private void CountChange(SimulatedNode observer, ClusterEvent happened)
    {
        var key = (observer.Index, happened.Member.Id);
        if (happened.Kind == ClusterEventKind.MemberDied || (happened.Kind == ClusterEventKind.MemberJoined && _changes.ContainsKey(key)))
            _changes[key] = _changes.GetValueOrDefault(key) + 1;
    }

    private string? Describe(Func<FalseDeath, bool> matters, string what)
    {
        var deaths = Safety.FalseDeaths.Where(matters).ToList();
        return deaths.Count == 0 ? null : $"{what}: {deaths.Count} times, first {deaths[0]}";
    }

    /// <summary>Services come, change and go throughout the chaos; their owners prove it, and report their loads.</summary>
    private void EnterWrites()
    {
        for (var at = TimeSpan.Zero; at < Length; at += (0.5 + Chance.Fraction() * 3) * Second)
        {
            At(at, () =>
            {
                var node = AnyNode();
                if (!node.IsRunning || node.IsPaused)
                    return;
                var instance = $"i{Chance.Below(3)}";
                if (Chance.Chance(0.3))
                    node.Deregister(instance);
                else
                    Write(node, instance, Chance.Chance(0.1) ? 200 + Chance.Below(2000) : 0);
                if (_writes % 2 == 0)
                    node.Prove();
                node.ReportLoad(new Load(Chance.Below(1000), Chance.Below(100), Chance.Below(100)));
            });
        }
    }

    private void Write(SimulatedNode node, string instance, int bulk)
    {
        _writes++;
        var record = new ServiceRecord
        {
            InstanceId = instance,
            Service = "orders",
            Version = _writes.ToString(CultureInfo.InvariantCulture)
        };
        if (bulk > 0)
            record = record with { Metadata = new Dictionary<string, string> { ["bulk"] = new string('x', bulk) } };
        node.Register(record);
    }

    /// <summary>Nodes whose digests agree must show the same records, but for those that they have no room for.</summary>
    private void CompareRecords()
    {
        foreach (var owner in World.Nodes.Where(node => node.IsRunning))
        {
            var id = owner.Node.Self.Id;
            var own = Versions(owner, id);
            foreach (var observer in World.Nodes.Where(node => node.IsRunning))
            {
                if (observer.Node.FindMember(id) is { IsUnheld: true })
                    continue;
                if (Versions(observer, id) is var seen && seen != own)
                    Safety.Report($"{observer} shows [{seen}] of {owner}, which has [{own}]");
            }
        }
    }

    /// <summary>Where all agree every proof under way comes to its end: a member is asked at least once a second.</summary>
    private void AwaitProofs()
    {
        static bool IsOpen(SimulatedNode node) => node.IsRunning && node.Node.Proof is { IsComplete: false };
        if (!Reaches(() => !World.Nodes.Any(IsOpen), 5 * Second) && World.Nodes.First(IsOpen) is { } owner)
            Safety.Report($"{owner} has proven no more than {owner.Node.Proof} when all agree");
    }

    private string? FirstUnreached()
    {
        foreach (var node in World.Nodes.Where(node => node.IsRunning))
        {
            if (node.Node.Members.FirstOrDefault(member => member.IsLive && member.IsOutOfReach) is { } member)
                return $"{node} still holds {member} for out of reach";
        }

        return null;
    }

    private static string Versions(SimulatedNode observer, MemberId owner) => string.Join(
        ", ", observer.Node.ServicesOf(owner).Select(record => $"{record.InstanceId} {record.Version}").Order(StringComparer.Ordinal));

    private string Disagreement()
    {
        var running = World.Nodes.Where(node => node.IsRunning).ToList();
        var groups = running.GroupBy(node => node.Node.Digest).OrderByDescending(group => group.Count()).ToList();
        var odd = groups[^1].First();
        var held = odd.Node.Members.Count(member => member.IsLive);
        var missing = running.Where(node => odd.Node.FindMember(node.Node.Self.Id) is not { State: MemberState.Alive })
            .Select(node => $"{node} {odd.Node.FindMember(node.Node.Self.Id)?.Claim.ToString() ?? "unknown"}").Take(3);
        var extra = odd.Node.Members.Where(member => member.IsLive && !running.Any(node => node.Node.Self.Id == member.Id))
            .Select(member => member.ToString()).Take(3);
        return $"{running.Count} run, {groups.Count} views, {odd} (local health {odd.Node.LocalHealth}) holds {held} live, "
            + $"lacks [{string.Join(", ", missing)}], has too many [{string.Join(", ", extra)}]";
    }
}
