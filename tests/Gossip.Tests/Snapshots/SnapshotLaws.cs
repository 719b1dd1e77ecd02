using Gossip.Balancing;
using Gossip.Protocol;
using Gossip.Simulation;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Tests.Snapshots;

/// <summary>Whatever happened, and however it was cut into snapshots, the picture is the one that a look at everything gives.</summary>
public sealed class SnapshotLaws
{
    private const int Nodes = 4;

    private static readonly string[] Services = ["orders", "Orders", "payments", "stock", "ledger"];

    [Law(8, 300, EndSize = 60)]
    internal void A_snapshot_that_followed_the_changes_equals_one_made_from_nothing(Script script, Seed seed)
    {
        using var world = new World(seed.Value);
        world.AddCluster(Nodes, options => options with { MaxMembers = Nodes + 4, ForgetLeftAfter = TimeSpan.FromSeconds(10), ForgetDeadAfter = TimeSpan.FromSeconds(10) });
        var clock = new NodeClock(TimeProvider.System);
        var observer = world.Nodes[0].Node;
        var builder = new SnapshotBuilder(observer, clock, new BalancingClock(TimeProvider.System));
        foreach (var step in script.Steps)
        {
            Do(world, step);
            if (step % 3 == 0)
                continue;
            var before = builder.Build();
            AssertShows(new SnapshotBuilder(observer, clock, new BalancingClock(TimeProvider.System)).Build(), before);
            Assert.Same(before, builder.Build());
        }
    }

    [Law(40, 1_500, EndSize = 40)]
    internal void A_list_that_followed_changes_equals_a_sorted_set(Script script)
    {
        var list = ChunkedList<string>.Empty;
        var set = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var step in script.Steps)
        {
            var randomness = new Randomness((ulong)step);
            var removes = step % 3 == 0;
            var edits = Enumerable.Range(0, 1 + randomness.Below(step % 7 == 0 ? 900 : 3)).Select(_ => $"{randomness.Below(2_000)}")
                .Distinct().Order(StringComparer.Ordinal).Select(item => new Edit<string>(item, removes)).ToArray();
            var before = list.ToArray();
            var next = list.With(edits, StringComparer.Ordinal);
            Assert.True(before.SequenceEqual(list), "An edit changed the list that it was made from.");
            foreach (var edit in edits)
                _ = removes ? set.Remove(edit.Item) : set.Add(edit.Item);
            list = next;
            Assert.True(set.SequenceEqual(list), "Other items are listed.");
            Assert.True(set.SequenceEqual(Enumerable.Range(0, list.Count).Select(place => list[place])), "Others are at their places.");
            foreach (var edit in edits)
                Assert.Equal(removes ? null : edit.Item, list.Find(new Named(edit.Item)));
        }
    }

    private readonly struct Named(string name) : IComparable<string>
    {
        public int CompareTo(string? other) => string.CompareOrdinal(name, other);
    }

    private static void Do(World world, int step)
    {
        var randomness = new Randomness((ulong)step);
        var node = world.Nodes[randomness.Below(Nodes)];
        switch (step % 10)
        {
            case 0 or 1 or 2 or 3 when node.IsRunning:
                node.Register(Record(randomness));
                break;
            case 4 when node.IsRunning:
                node.Deregister($"i{randomness.Below(6)}");
                break;
            case 5 when node.Index > 0 && node.IsRunning:
                node.Leave();
                break;
            case 6 when node.Index > 0 && node.IsRunning:
                node.Crash(withHost: randomness.Chance(0.5));
                break;
            case 7 when node.Index > 0 && !node.IsRunning:
                node.Restart();
                break;
            case 8 when node.IsRunning:
                node.Pause(TimeSpan.FromSeconds(randomness.Below(5)));
                break;
            default:
                world.RunFor(TimeSpan.FromMilliseconds(randomness.Below(6_000)));
                break;
        }

        world.RunFor(TimeSpan.FromMilliseconds(randomness.Below(20)));
    }

    private static ServiceRecord Record(Randomness randomness) => new()
    {
        InstanceId = $"i{randomness.Below(6)}",
        Service = Services[randomness.Below(Services.Length)],
        State = (ServiceState)randomness.Below(4),
        Weight = 100 * randomness.Below(3),
        Metadata = new Dictionary<string, string> { ["any"] = $"{randomness.Below(1_000)}" },
    };

    private static void AssertShows(ServiceSnapshot expected, ServiceSnapshot actual)
    {
        Assert.Equal(expected.Members.Select(Text), actual.Members.Select(Text));
        Assert.Equal(expected.Services, actual.Services);
        foreach (var service in Services.Append("unknown"))
        {
            Assert.Equal(expected.GetAllInstances(service).Select(Text), actual.GetAllInstances(service).Select(Text));
            Assert.Equal(expected.GetInstances(service).Select(Text), actual.GetInstances(service).Select(Text));
            AssertPicks(actual, service);
        }
    }

    /// <summary>Whoever weighs something is picked, and nobody else, unless nobody weighs anything.</summary>
    private static void AssertPicks(ServiceSnapshot snapshot, string service)
    {
        var offered = snapshot.GetInstances(service);
        var turns = new RoundRobin();
        var expected = offered.Any(one => one.Weight > 0) ? offered.Where(one => one.Weight > 0) : offered;
        var picked = Enumerable.Range(0, 20 * offered.Count).Select(_ => turns.Select(offered, default)!).Distinct();
        Assert.Equal(expected.Select(Text).Order(), picked.Select(Text).Order());
    }

    private static string Text(MemberSnapshot member) =>
        $"{member.Id} {member.Name} {member.Address} {member.State} {member.Incarnation} {member.Evidence} {member.Since:O} {member.IsSelf}";

    private static string Text(ServiceInstance instance) =>
        $"{instance.NodeId} {instance.NodeName} {instance.Service} {instance.InstanceId} {instance.State} {instance.Weight} {instance.Metadata["any"]}";
}
