using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>Each checker must fire on what it watches for: one that cannot fire proves nothing.</summary>
public sealed class SafetyCheckerTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly World _world = new(12);
    private readonly SafetyChecker _checker;
    private readonly SimulatedNode _observer;
    private readonly SimulatedNode _other;
    private readonly ObserverView _view = new(life: 1);
    private readonly World _elsewhere = new(13);

    public SafetyCheckerTests()
    {
        _checker = new SafetyChecker(_world);
        (_observer, _other) = (_world.Add(options => options with { SwitchedOff = Defences.Tokens }), _world.Add());
        _other.Register(new ServiceRecord { InstanceId = "i", Service = "orders", Version = "1" });
    }

    public void Dispose()
    {
        _world.Dispose();
        _elsewhere.Dispose();
    }

    /// <summary>What one observer holds of a member whose own incarnation is the fifth, look after look; only the last look may be amiss.</summary>
    [Theory]
    [InlineData("a4 / s4 / d4 / a5 v1 / - / a5 v1", "took up")]
    [InlineData("a4 / s4 / d4 / - / a5 v1 / s5 v1", null)]
    [InlineData("s5 / a5", "claim of")]
    [InlineData("d5 / a5", "claim of")]
    [InlineData("a5 / a4", "claim of")]
    [InlineData("a5 v1 / a5", "version of")]
    [InlineData("a5 / a5 v2", "which wrote 1")]
    [InlineData("a5 / a6", "but the member itself has")]
    [InlineData("a5 / l5", "which said no goodbye")]
    [InlineData("d5 / - / a5", "took up")]
    [InlineData("d5 / - / a4", "took up")]
    [InlineData("d5 / - / d4", null)]
    public void A_row_that_falls_is_forged_or_comes_back_is_seen(string looks, string? seen) => Expect(seen, looks, look =>
    {
        var row = Row(look == "-" ? "l5" : look);
        Tell(_view, row);
        _view.Look(_observer, look == "-" ? [] : [row], _checker);
    });

    [Theory]
    [InlineData("1 / 2 / - / 3", null)]
    [InlineData("2 / 1", "went back to i 1")]
    [InlineData("2 / - / 2", "went back to i 2")]
    [InlineData("2 / - / 1", "went back to i 1")]
    public void A_record_that_returns_from_its_past_is_seen(string looks, string? seen) => Expect(seen, looks, look =>
        _view.CompareRecords(
            _observer, _other.Node.Self, look == "-" ? [] : [new ServiceRecord { InstanceId = "i", Service = "orders", Version = look }], _checker));

    [Fact]
    public void A_record_may_be_as_it_was_when_its_owner_had_been_forgotten()
    {
        var owner = Row("a5");
        ServiceRecord[] records = [new() { InstanceId = "i", Service = "orders", Version = "2" }];
        _view.CompareRecords(_observer, owner, records, _checker);
        _view.CompareRecords(_observer, owner, [], _checker);
        _view.Observe(_observer, new ClusterEvent(ClusterEventKind.MemberForgotten, Instant.Start, owner), _checker);
        _view.CompareRecords(_observer, owner, records, _checker);
        Assert.Empty(_checker.Violations);
    }

    [Theory]
    [InlineData(ClusterEventKind.MemberJoined, "a5", false, true)]
    [InlineData(ClusterEventKind.MemberJoined, "s5", false, false)]
    [InlineData(ClusterEventKind.MemberJoined, "a5", true, false)]
    [InlineData(ClusterEventKind.MemberRefuted, "a5", true, true)]
    [InlineData(ClusterEventKind.MemberRefuted, "s5", true, false)]
    [InlineData(ClusterEventKind.MemberRefuted, "a5", false, false)]
    [InlineData(ClusterEventKind.MemberUpdated, "a5", true, true)]
    [InlineData(ClusterEventKind.MemberUpdated, "a5", false, false)]
    [InlineData(ClusterEventKind.MemberSuspected, "s5", true, true)]
    [InlineData(ClusterEventKind.MemberSuspected, "a5", true, false)]
    [InlineData(ClusterEventKind.MemberSuspected, "s5", false, false)]
    [InlineData(ClusterEventKind.SuspicionConfirmed, "s5", true, true)]
    [InlineData(ClusterEventKind.SuspicionConfirmed, "d5", true, false)]
    [InlineData(ClusterEventKind.MemberDied, "d5", true, true)]
    [InlineData(ClusterEventKind.MemberDied, "s5", true, false)]
    [InlineData(ClusterEventKind.MemberDied, "d5", false, false)]
    [InlineData(ClusterEventKind.MemberLeft, "l5", false, true)]
    [InlineData(ClusterEventKind.MemberLeft, "a5", true, false)]
    [InlineData(ClusterEventKind.MemberForgotten, "d5", false, true)]
    [InlineData(ClusterEventKind.MemberForgotten, "d5", true, false)]
    internal void What_is_published_must_agree_with_the_table(ClusterEventKind kind, string row, bool wasLive, bool agrees)
    {
        if (wasLive)
            Tell(_view, Row("a5"));

        _view.Observe(_observer, new ClusterEvent(kind, Instant.Start, Row(row)), _checker);

        Assert.Equal(agrees ? 0 : 1, _checker.Violations.Count);
    }

    [Fact]
    public void A_live_row_that_was_not_published_is_seen_and_a_published_one_that_is_not_there()
    {
        _view.Look(_observer, [Row("a5")], _checker);
        Assert.Contains("has not published it", _checker.Violations[0], StringComparison.Ordinal);

        var view = new ObserverView(life: 1);
        Tell(view, Row("a5"));
        view.Look(_observer, [], _checker);
        Assert.Contains("holds 0 other members live, and has published 1", _checker.Violations[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_that_counts_one_who_does_not_hold_it_is_seen()
    {
        _other.SeededBy(_observer);
        Assert.True(_world.RunUntil(_world.IsInAgreement, 5 * Second));
        _world.Network.Partition([_observer], [_other]);
        uint asked = 0;
        _world.Network.Tap = (from, _, _, bytes) => asked = asked > 0 || from != _observer ? asked : SequenceOfPing(bytes);
        _observer.Register(new ServiceRecord { InstanceId = "i", Service = "orders", Version = "1" });
        _observer.Prove();
        _world.RunFor(Second / 10);
        _checker.Sweep();
        Assert.Empty(_checker.Violations);
        for (var sequence = asked - 3; sequence <= asked + 3; sequence++)
        {
            var forged = Wire.Message(2UL, (ulong)sequence, 0UL, (ulong)_other.Node.Self.Id.Tag, 0UL, _observer.Node.Self.RecordsVersion);
            _world.Network.Inject(_other.Address, _observer, Wire.Frame(forged));
        }

        _world.RunFor(Second / 100);
        _checker.Sweep();

        Assert.Contains("counts node-1 for version 1, which holds 0", Assert.Single(_checker.Violations), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relays", Limits.RelaysInFlight)]
    [InlineData("service rumours", Limits.RumorsPerClass)]
    public void A_queue_beyond_its_bound_is_seen(string what, int limit)
    {
        _checker.CheckSizes(_observer, [new NodeSize(what, limit, limit)]);
        Assert.Empty(_checker.Violations);
        _checker.CheckSizes(_observer, [new NodeSize(what, limit + 1, limit)]);
        Assert.EndsWith($"node-0 holds {limit + 1} {what}, more than {limit}", Assert.Single(_checker.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void An_owner_with_more_than_it_may_have_is_seen()
    {
        var hoarder = Row("a5");
        var records = hoarder.Records;
        for (var i = 0; i <= Limits.RecordsPerOwner; i++)
            records.Write($"i{i}", [1], default);
        hoarder.TakeVersion();

        _checker.CheckSizes(_observer, _observer.Node.SizesOf(hoarder), hoarder);

        Assert.Contains($"holds {Limits.RecordsPerOwner + 1} records", Assert.Single(_checker.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void A_datagram_that_is_too_large_is_seen()
    {
        _observer.Send(_other.Address, new byte[Limits.DatagramSize], Delivery.Datagram);
        _checker.Sweep();
        Assert.Empty(_checker.Violations);
        _observer.Send(_other.Address, new byte[Limits.DatagramSize + 1], Delivery.Datagram);
        _checker.Sweep();
        Assert.Contains($"a datagram of {Limits.DatagramSize + 1} bytes", Assert.Single(_checker.Violations), StringComparison.Ordinal);
    }

    private void Expect(string? seen, string looks, Action<string> look)
    {
        var steps = looks.Split(" / ");
        foreach (var step in steps[..^1])
            look(step);
        Assert.Empty(_checker.Violations);
        look(steps[^1]);
        if (seen is null)
            Assert.Empty(_checker.Violations);
        else
            Assert.Contains(seen, Assert.Single(_checker.Violations), StringComparison.Ordinal);
    }

    /// <summary>A row about the other, such as "s4 v1": suspect, at the incarnation before its own, with version 1 of its records.</summary>
    private Member Row(string text)
    {
        var self = _other.Node.Self;
        var state = text[0] switch { 'a' => MemberState.Alive, 's' => MemberState.Suspect, 'd' => MemberState.Dead, _ => MemberState.Left };
        var incarnation = new Incarnation(self.Claim.Incarnation.Value - 5 + (ulong)(text[1] - '0'));
        var row = new Member(MemberProfile.Of(self.Id, incarnation, self.Address, self.Name, ""), new Claim(incarnation, state), Instant.Start);
        var records = row.Records;
        for (var version = text.Length > 4 ? text[4] - '0' : 0; version > 0; version--)
            records.Write("i", [(byte)version], default);
        row.TakeVersion();
        return row;
    }

    /// <summary>Tells the view of a row as if that had been published, whatever a checker would say to it.</summary>
    private void Tell(ObserverView view, Member row)
    {
        var happened = row.IsLive
            ? new ClusterEvent(ClusterEventKind.MemberJoined, Instant.Start, Row("a5"))
            : new ClusterEvent(ClusterEventKind.MemberLeft, Instant.Start, Row("l5"));
        view.Observe(_observer, happened, new SafetyChecker(_elsewhere));
    }

    /// <summary>The number of a packet's ping; 0 for none, and for a round's.</summary>
    private static uint SequenceOfPing(byte[] packet)
    {
        var reader = new PacketReader(packet.AsSpan(13));
        while (reader.TryNext(out var type, out var message))
        {
            if (type == MessageType.Ping && PacketReader.TryPing(message, out var ping) && ping.Sequence >= Rounds.Range)
                return ping.Sequence;
        }

        return 0;
    }
}
