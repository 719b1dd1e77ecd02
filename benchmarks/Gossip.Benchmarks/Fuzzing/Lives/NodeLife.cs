using System.Net;
using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// A live node that is sent bodies of packets under good frames, in the clear or sealed, and frames that were changed. Its questions are
/// mostly answered with their own tokens, else nothing that waits for a proof would ever be reached. Meanwhile its host registers services
/// and changes keys, and time passes, now and then by hours.
/// </summary>
internal sealed class NodeLife : FuzzLife
{
    /// <summary>Ticks after which a deadline that is still due never moves.</summary>
    private const int MostTicks = 100;

    private static readonly DropReason[] Reasons = Enum.GetValues<DropReason>();
    private static readonly byte[][] Keys = [.. Enumerable.Range(1, 2).Select(key => Enumerable.Repeat((byte)key, 32).ToArray())];

    /// <summary>What happens in any life that is long enough.</summary>
    private static readonly ClusterEventKind[] Expected =
        [ClusterEventKind.MemberJoined, ClusterEventKind.MemberSuspected, ClusterEventKind.ServicesChanged];

    private readonly Envelope _others;
    private readonly PeerOutbox _outbox;
    private readonly Node _node;
    private readonly bool _isSealed;
    private Instant _now = Instant.Start;
    private PeerAddress? _asked;
    private int _fed;
    private bool _hasProven;
    private bool _hasInspected;
    private bool _wasInspected;

    /// <param name="randomness">Where its choices come from.</param>
    /// <param name="isSealed">Whether the cluster has a key.</param>
    /// <param name="switchedOff">Defences that are off, to see that it is found.</param>
    public NodeLife(Randomness randomness, bool isSealed, Defences switchedOff = Defences.None)
    {
        _isSealed = isSealed;
        ReadOnlyMemory<byte>[] keys = isSealed ? [Keys[0], Keys[1]] : [];
        var options = new NodeOptions
        {
            Id = new MemberId(77),
            // Of the same time as the members of whom it hears: those from far ahead are not believed on hearsay.
            Incarnation = RecordedPackets.Time,
            Name = "fuzzed",
            Address = Place(200),
            SecureRandom = new Randomness(randomness.Next()).Fill,
            Key = isSealed ? Keys[0] : default(ReadOnlyMemory<byte>),
            OtherKeys = isSealed ? [Keys[1]] : [],
            MaxMembers = 50,
            MaxRecordBytes = 64 * 1024,
            SwitchedOff = switchedOff,
        };
        var freshness = new Freshness(options.Incarnation.ToSeconds(), Instant.Start);
        _others = new Envelope(options.Cluster, new Keyring(keys), new Randomness(randomness.Next()).Fill, freshness);
        _outbox = new PeerOutbox(_others);
        _node = new Node(options, new Randomness(randomness.Next()), _now);
    }

    public override byte[] Draw(Randomness randomness)
    {
        var body = PacketLife.DrawBody(randomness, FuzzTarget.Find("packets").Known);
        _asked = null;
        if (randomness.Chance(0.02))
            return DrawInspection(randomness);
        if (_outbox.Questions.Count == 0 || randomness.Chance(0.7))
            return body;
        var (place, ping) = _outbox.Questions[randomness.Below(_outbox.Questions.Count)];
        _asked = place;
        return [.. _outbox.AnswerTo(ping, randomness), .. randomness.Chance(0.5) ? body : []];
    }

    /// <summary>A member's question for what the node keeps, or an answer to one of the node's.</summary>
    private byte[] DrawInspection(Randomness randomness)
    {
        var body = new byte[4_000];
        var writer = new PacketWriter(body);
        if (_outbox.Inspections.Count > 0 && randomness.Chance(0.5))
        {
            var (place, asked) = _outbox.Inspections[randomness.Below(_outbox.Inspections.Count)];
            _asked = place;
            var content = new byte[randomness.Below(3_000)];
            writer.TryInspected(new Inspected
            {
                Sequence = asked.Sequence, Token = asked.Token, Outcome = (InspectionOutcome)randomness.Below(4), Content = content,
            });
        }
        else
        {
            var member = _node.Members[randomness.Below(_node.Members.Count)];
            _asked = member.Address;
            writer.TryInspect(new Inspect((uint)randomness.Next(), 7, member.Id, _node.Self.Id.Tag, (byte)randomness.Below(5), 0));
        }

        return body[..writer.Length];
    }

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        var from = _asked ?? AnyPlace(randomness);
        _asked = null;
        var frame = Frame(input, randomness, out var isWhole);
        var before = Drops();
        // Nobody opens a stream from an address that is another's.
        var delivery = randomness.Chance(0.5) ? Delivery.Datagram : Delivery.Stream;
        var isProven = delivery == Delivery.Stream
            || _node.Members.Any(member => member is { IsLive: true, IsProven: true } && member.Address == from);
        _outbox.Begin(from, _now);
        var outcome = _node.Receive(_now, from, frame, delivery, _outbox);
        Demand(isProven || outcome.IsAnswer || _outbox.SentToSender <= frame.Length,
            $"An address that never answered was sent {_outbox.SentToSender} bytes for {frame.Length}.");
        Demand(!isWhole || Drops() > before || IsSequence(input), "Nothing was counted for a body that is no sequence of values.");
        if (randomness.Chance(0.01))
            Act(from, randomness);
        _now += randomness.Chance(0.9995)
            ? TimeSpan.FromMilliseconds(randomness.Below(20)) : TimeSpan.FromSeconds(randomness.Below(100_000));
        for (var ticks = 0; _node.NextDeadline <= _now; ticks++)
        {
            Demand(ticks < MostTicks, "A deadline is due that no tick moves.");
            _node.Tick(_now, _outbox);
        }

        if (++_fed % 200 == 0)
            Look();
    }

    public override void End()
    {
        Look();
        Demand(_fed < 1_000 || (_hasProven && (_fed < 20_000 || (_hasInspected && _wasInspected)) && _outbox.Happened.IsSupersetOf(Expected)),
            $"The inputs are too far off to be a test: all that happened is {string.Join(", ", _outbox.Happened)}.");
    }

    protected override void Dispose(bool isDisposing)
    {
        _node.Dispose();
        base.Dispose(isDisposing);
    }

    private static PeerAddress Place(int number) => PeerAddress.From(new IPAddress([10, 9, 0, (byte)number]), 7390);

    /// <summary>The members of the recording, strangers, and the node itself.</summary>
    private static PeerAddress AnyPlace(Randomness randomness) =>
        randomness.Chance(0.6) ? RecordedPackets.Places[randomness.Below(RecordedPackets.Places.Count)]
        : randomness.Chance(0.1) ? Place(200) : Place(randomness.Below(100));

    private static bool IsSequence(ReadOnlySpan<byte> body)
    {
        var reader = new MessagePackReader(body);
        while (reader.TrySkip(out _))
        {
        }

        return reader.IsAtEnd;
    }

    /// <summary>The body in a frame: mostly a good and fresh one; else changed after it was closed, or no frame at all.</summary>
    private byte[] Frame(ReadOnlySpan<byte> body, Randomness randomness, out bool isWhole)
    {
        var frame = new byte[_others.HeadSize + body.Length + _others.TailSize];
        body.CopyTo(frame.AsSpan(_others.HeadSize));
        var sealedAt = randomness.Chance(0.95) ? _now : _now + TimeSpan.FromSeconds(randomness.Below(1_000));
        var key = randomness.Chance(0.8) || !_isSealed ? 0 : SealingKey.IdOf(Keys[1]);
        _others.Close(frame, body.Length, sealedAt, key);
        isWhole = randomness.Chance(0.9);
        if (isWhole)
            return frame;
        return randomness.Below(3) switch
        {
            0 => body.ToArray(),
            1 => MessagePackMutation.Change(frame, frame, randomness),
            _ => ByteMutation.Change(frame, frame, randomness),
        };
    }

    /// <summary>What the node's host may do at any time.</summary>
    private void Act(PeerAddress from, Randomness randomness)
    {
        switch (randomness.Below(9))
        {
            case 0 or 1:
                var text = new string('x', randomness.Below(3_000));
                _node.Register(
                    _now,
                    new ServiceRecord
                    {
                        InstanceId = $"i{randomness.Below(4)}",
                        Service = "orders",
                        Metadata = new Dictionary<string, string> { ["text"] = text },
                    },
                    _outbox);
                break;
            case 2:
                _node.Deregister(_now, $"i{randomness.Below(4)}", _outbox);
                break;
            case 3:
                _node.ReportLoad(_now, new Load(randomness.Below(100), 0, randomness.Below(100)));
                break;
            case 4:
                _node.Prove(_now);
                break;
            case 5:
                _node.StreamFailed(_now, from, randomness.Chance(0.5), _outbox);
                break;
            case 6:
                _node.Join(_now, Place(randomness.Below(100)), _outbox);
                break;
            case 7 when _isSealed:
                _node.ChangeKeys(_now, randomness.Chance(0.5) ? [Keys[0], Keys[1]] : [Keys[1], Keys[0]]);
                break;
            case 8:
                Inspect(randomness);
                break;
        }
    }

    /// <summary>The host asks, and answers what it was asked, mostly.</summary>
    private void Inspect(Randomness randomness)
    {
        var member = _node.Members[randomness.Below(_node.Members.Count)];
        _node.Inspect(_now, member.Id, 1, 0, TimeSpan.FromSeconds(randomness.Below(5)), _outbox);
        while (_node.TryTakeResult(out var result))
            _hasInspected |= result.Outcome == InspectionOutcome.Answered;
        while (_node.TryTakeQuestion(out var question))
        {
            _wasInspected = true;
            if (randomness.Chance(0.8))
                _node.AnswerInspection(_now, question, randomness.Chance(0.1) ? null : new byte[randomness.Below(20_000)], _outbox);
        }
    }

    private long Drops()
    {
        var drops = 0L;
        foreach (var reason in Reasons)
            drops += _node.Counters.Dropped(reason);
        return drops;
    }

    /// <summary>Nothing is fuller than its limit, and the node holds of itself what only it may say.</summary>
    private void Look()
    {
        foreach (var size in _node.Sizes.Concat(_node.Members.SelectMany(_node.SizesOf)))
            Demand(size.IsBounded, size.ToString());
        Demand(_node.Self.State == MemberState.Alive, $"A node that has not left holds itself {_node.Self.State}.");
        var others = _node.Members.Where(member => member != _node.Self).ToList();
        var cost = others.Sum(member => (long)member.Records.Cost);
        Demand(cost <= _node.Options.MaxRecordBytes, $"{cost} bytes of records are more than there is room for.");
        Demand(others.TrueForAll(member => member.Claim.Incarnation.Value is > 0 and < Limits.Incarnation), "An incarnation is too great.");
        Demand(_node.LocalHealth >= 0 && _node.LocalHealth <= _node.Options.LocalHealthLimit, "Local health is out of its range.");
        _hasProven |= others.Exists(member => member.IsProven);
    }
}
