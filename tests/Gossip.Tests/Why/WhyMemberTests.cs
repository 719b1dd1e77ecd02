using System.Net;
using System.Text.RegularExpressions;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Why;

/// <summary>
/// Something is broken in a simulated cluster, and one sentence says what it was. The causes, and the words by which a person knows each of
/// them, are listed here and nowhere else; the seed chooses who is hit.
/// </summary>
public sealed class WhyMemberTests
{
    private const int Nodes = 6;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("172.16.0.1"), 7390);

    /// <summary>What is done to a member, what the observer has to see of that, and the words that name it.</summary>
    private static readonly Dictionary<string, Cause> Causes = new()
    {
        ["killed"] = new((world, _, hit) => hit.Crash(), IsDead, "its process is gone"),
        ["host off"] = new((world, _, hit) => hit.Crash(withHost: true), IsDead, "its process stands still, or its host is off or cut off"),
        ["goodbye"] = new((world, _, hit) => hit.Leave(), IsGone, "it said goodbye"),
        ["one-way link"] = new((world, observer, hit) => world.Network.Cut(observer, hit), IsIndirect, "no datagram passes between it and this node"),
        ["slow"] = new(Slow, IsSlow, "which is slow"),
        ["parted"] = new(Part, IsDead, "the network is parted"),
        ["stood still"] = new((world, _, hit) => hit.Pause(20 * Second), IsBack, "it had stood still or was cut off"),
        ["moved"] = new((world, _, hit) => hit.Readdress(Elsewhere, 0.2 * Second), HasMoved, $"it moved from \\S+ to {Regex.Escape(Elsewhere.ToString())}"),
        ["lost"] = new((world, _, hit) => hit.Readdress(Elsewhere, 600 * Second), IsOutOfReach, "out of this node's reach .*answers nothing"),
    };

    public static TheoryData<string> Names => [.. Causes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_sentence_names_the_cause(string name)
    {
        var (cause, seed) = (Causes[name], LawAttribute.Seed);
        using var world = new World(seed);
        world.AddCluster(Nodes);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        var randomness = new Randomness(seed);
        var observer = world.Nodes[randomness.Below(Nodes)];
        var hit = world.Nodes.Where(node => node != observer).ElementAt(randomness.Below(Nodes - 1));
        var member = hit.Node.Self.Id;
        var seen = new Witness(observer);
        world.RunFor(5 * Second);

        cause.Break(world, observer, hit);

        Assert.True(world.RunUntil(() => cause.IsSeen(observer, member, seen), 200 * Second), $"{name} is not seen: {world}");
        // The last of those that are hit together is told a moment later.
        world.RunUntil(() => Regex.IsMatch(seen.Why(member), cause.Words), 20 * Second);
        var sentence = seen.Why(member);
        Assert.True(Regex.IsMatch(sentence, cause.Words), $"GOSSIP_SEED={seed}: of '{name}' it says: {sentence}");
        foreach (var (other, wrong) in Causes.Where(one => one.Key != name))
            Assert.False(Regex.IsMatch(sentence, wrong.Words), $"GOSSIP_SEED={seed}: of '{name}' it says what is true of '{other}': {sentence}");
    }

    /// <summary>Three services of one machine that loses its power.</summary>
    [Fact]
    public void Of_those_that_fall_silent_together_at_one_host_the_host_is_named()
    {
        NodeEvent[] all = [Died(1, "web", "10.0.0.9:7390", 0), Died(2, "orders", "10.0.0.9:7391", 1), Died(3, "stock", "10.0.0.9:7392", 2)];
        Assert.Contains("all 3 that fell silent then are at 10.0.0.9, so that host is off", Tell("orders", all), StringComparison.Ordinal);

        NodeEvent[] parted = [.. all, Died(4, "mail", "10.0.0.8:7390", 2)];
        Assert.Contains("3 more fell silent then, so the network is parted", Tell("orders", parted), StringComparison.Ordinal);
    }

    /// <summary>The first that had the name crashed, and the second said goodbye.</summary>
    [Fact]
    public void Of_a_forgotten_name_the_last_end_is_told()
    {
        NodeEvent[] all = [Died(1, "web", "10.0.0.9:7390", 0), Happened(ClusterEventKind.MemberLeft, 2, "web", "10.0.0.9:7390", 60, [])];
        Assert.Equal("web is not known here any more: it said goodbye.", Tell("web", all));
        Assert.Contains("its host is off or cut off", Tell("web", [.. Enumerable.Reverse(all)]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_moment_of_another_day_has_its_date()
    {
        var now = new DateTimeOffset(2030, 5, 2, 0, 10, 0, TimeSpan.Zero);
        Assert.Equal("00:09:00 UTC", PlainText.Of(now.AddMinutes(-1), now));
        Assert.Equal("2030-05-01 23:50:00 UTC", PlainText.Of(now.AddMinutes(-20), now));
    }

    private static string Tell(string name, params NodeEvent[] happened) =>
        new MemberExplanation(null, default, happened, DateTimeOffset.UnixEpoch.AddYears(60)).Tell(name);

    private static NodeEvent Died(ulong id, string name, string address, double second) => Happened(
        ClusterEventKind.MemberDied, id, name, address, second, [new NamedTestimony("cart", Evidence.RelayedSilence, 0, null)]);

    private static NodeEvent Happened(
        ClusterEventKind kind, ulong id, string name, string address, double second, IReadOnlyList<NamedTestimony> words)
    {
        Assert.True(PeerAddress.TryParse(address, out var place));
        var member = MemberProfile.Of(new MemberId(id), new Incarnation(1), place, name, "");
        return new NodeEvent(DateTimeOffset.UnixEpoch.AddYears(60).AddSeconds(second).UtcDateTime, kind, member, words);
    }

    /// <summary>The observer stays with the larger half.</summary>
    private static void Part(World world, SimulatedNode observer, SimulatedNode hit)
    {
        SimulatedNode[] others = [.. world.Nodes.Where(node => node != observer && node != hit)];
        world.Network.Partition([observer, .. others[..2]], [hit, .. others[2..]]);
    }

    private static void Slow(World world, SimulatedNode observer, SimulatedNode hit) => hit.Distance = 0.13 * Second;

    private static bool IsDead(SimulatedNode observer, MemberId member, Witness seen) => Find(observer, member) is { State: MemberState.Dead };

    private static bool IsGone(SimulatedNode observer, MemberId member, Witness seen) => Find(observer, member) is { State: MemberState.Left };

    private static bool IsIndirect(SimulatedNode observer, MemberId member, Witness seen) =>
        observer.Node.IndirectlyReached.Any(one => one.Id == member);

    private static bool IsSlow(SimulatedNode observer, MemberId member, Witness seen) =>
        Find(observer, member) is { State: MemberState.Alive, RoundTrip: { } trip } && trip > 0.1 * Second;

    private static bool IsBack(SimulatedNode observer, MemberId member, Witness seen) =>
        Find(observer, member) is { State: MemberState.Alive } && seen.Has(member, ClusterEventKind.MemberDied);

    private static bool HasMoved(SimulatedNode observer, MemberId member, Witness seen) => Find(observer, member)?.Address == Elsewhere;

    private static bool IsOutOfReach(SimulatedNode observer, MemberId member, Witness seen) => Find(observer, member) is { IsOutOfReach: true };

    private static Member? Find(SimulatedNode observer, MemberId member) => observer.Node.FindMember(member);

    private sealed record Cause(
        Action<World, SimulatedNode, SimulatedNode> Break, Func<SimulatedNode, MemberId, Witness, bool> IsSeen, string Words);

    /// <summary>What one node saw, as its shell keeps it.</summary>
    private sealed class Witness
    {
        private readonly SimulatedNode _node;
        private readonly EventJournal _journal;

        public Witness(SimulatedNode node)
        {
            _node = node;
            _journal = new EventJournal(node.Node.Options, NullLogger.Instance);
            // What was known before, as the shell of a real node has seen it come.
            foreach (var member in node.Node.Members)
                Add(new ClusterEvent(ClusterEventKind.MemberJoined, default, member));
            node.Tap = Add;
        }

        public bool Has(MemberId member, ClusterEventKind kind) => _journal.EventsSince(0).Events.Any(one => one.Id == member && one.Kind == kind);

        public string Why(MemberId id)
        {
            var member = _node.Node.FindMember(id)!;
            var figures = new MemberFigures(member.RoundTrip, null, _node.Node.IndirectlyReached.Contains(member));
            return new MemberExplanation(
                new MemberSnapshot(member, false, At(member.Since), null), figures, _journal.EventsSince(0).Events, At(member.Since)).Tell(member.Name);
        }

        private void Add(ClusterEvent happened) => _journal.Add(
            happened, At(happened.At),
            [
                .. happened.Testimonies.Select(word => new NamedTestimony(
                    _node.Node.FindMember(word.Accuser)?.Name ?? "?", word.Evidence, word.LocalHealth, word.RoundTrip)),
            ]);

        private static DateTimeOffset At(Instant moment) => DateTimeOffset.UnixEpoch.AddYears(60) + moment.SinceStart;
    }
}
