namespace Gossip.Protocol.Tests.Wire;

/// <summary>What a node writes is what a node reads, at every capacity, and with what later versions put behind it.</summary>
public sealed class RoundTripLaws
{
    private const int Times = 300;

    private delegate bool Writing(ref PacketWriter writer);

    [Fact]
    public void A_ping_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var ping = new Ping(Sample.UInt32(randomness), Sample.Id(randomness), Sample.UInt32(randomness), Sample.UInt32(randomness));
        var message = Written(MessageType.Ping, (ref PacketWriter writer) => writer.TryPing(ping));
        AssertReads(message, read => (PacketReader.TryPing(read, out var back), back), ping);
    });

    [Fact]
    public void An_ack_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var ack = new Ack(Sample.UInt32(randomness), Sample.UInt32(randomness), Sample.UInt32(randomness), Sample.Version(randomness));
        var message = Written(MessageType.Ack, (ref PacketWriter writer) => writer.TryAck(ack));
        AssertReads(message, read => (PacketReader.TryAck(read, out var back), back), ack);
        var telling = ack with { SeenAs = Sample.Address(randomness) };
        message = Written(MessageType.Ack, (ref PacketWriter writer) => writer.TryAck(telling));
        Assert.True(PacketReader.TryAck(message, out var told));
        Assert.Equal(telling, told);
    });

    [Fact]
    public void A_ping_request_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var request = new PingRequest(Sample.UInt32(randomness), Sample.Id(randomness), Sample.Id(randomness), Sample.Address(randomness));
        var message = Written(MessageType.PingRequest, (ref PacketWriter writer) => writer.TryPingRequest(request));
        AssertReads(message, read => (PacketReader.TryPingRequest(read, out var back), back), request);
    });

    [Fact]
    public void A_nack_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var sequence = Sample.UInt32(randomness);
        var message = Written(MessageType.Nack, (ref PacketWriter writer) => writer.TryNack(sequence));
        AssertReads(message, read => (PacketReader.TryNack(read, out var back), back), sequence);
    });

    [Fact]
    public void A_profile_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var (id, incarnation, address) = (Sample.Id(randomness), Sample.Incarnation(randomness), Sample.Address(randomness));
        var (name, zone) = (Sample.Name(randomness, Limits.NameBytes), randomness.Chance(0.3) ? "" : Sample.Name(randomness, Limits.ZoneBytes));
        var version = (byte)randomness.Below(256);
        var message = Written(MessageType.Alive, (ref PacketWriter writer) => writer.TryAlive(id, incarnation, address, name, zone, version));
        AssertReads(message, read =>
        {
            if (!PacketReader.TryAlive(read, out var alive))
                return (false, default);
            var back = alive.ToProfile(new Texts());
            Assert.True(read.AsSpan().SequenceEqual(back.Encoded), "A profile is kept as its owner wrote it.");
            return (true, (back.Id, back.Incarnation, back.Address, back.Name, back.Zone, back.ProtocolVersion));
        }, (id, incarnation, address, name, zone, version));
    });

    [Fact]
    public void An_accusation_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var state = (MemberState)(1 + randomness.Below(3));
        var left = state == MemberState.Left;
        var testimony = left ? default : new Testimony(
            Sample.Id(randomness), (Evidence)(1 + randomness.Below(4)), (byte)randomness.Below(256), randomness.Chance(0.3) ? null : TimeSpan.FromMicroseconds(1L + Sample.UInt32(randomness) / 2));
        var accusation = new Accusation(Sample.Id(randomness), new Claim(Sample.Incarnation(randomness), state), testimony);
        var type = state == MemberState.Suspect ? MessageType.Suspect : state == MemberState.Dead ? MessageType.Dead : MessageType.Left;
        var message = Written(type, (ref PacketWriter writer) => writer.TryAccusation(accusation));
        AssertReads(message, read => (PacketReader.TryAccusation(type, read, out var back), back), accusation);
    });

    [Fact]
    public void A_delta_is_read_as_it_was_written() => Property.Holds(Times / 10, randomness =>
    {
        var (owner, from) = (Sample.Id(randomness), Sample.Version(randomness) / 2);
        var entries = new DeltaEntry[randomness.Below(6)];
        var version = from;
        for (var i = 0; i < entries.Length; i++)
        {
            version += 1 + (ulong)randomness.Below(1000);
            var record = Sample.Record(randomness, Sample.Name(randomness, Limits.NameBytes));
            entries[i] = randomness.Chance(0.3) ? new(record.InstanceId, version, null, default) : new(record.InstanceId, version, Sample.Payload(record), RecordHead.Of(record));
        }

        var to = version + 1 + (ulong)randomness.Below(3);
        var floor = to / (1 + (ulong)randomness.Below(3));
        var message = Written(MessageType.Delta, (ref PacketWriter writer) => writer.TryDelta(owner, from, to, floor, entries));
        AssertReads(message, read => (PacketReader.TryDelta(read, out var back), Told(back)), Told(new Delta(owner, from, to, floor, entries)));
    });

    [Fact]
    public void A_summary_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var (depth, prefix) = (randomness.Below(MemberTable.MaxDepth + 1), Sample.UInt64(randomness));
        var hashes = Enumerable.Range(0, 16).Select(_ => Sample.UInt32(randomness)).ToArray();
        var message = Written(MessageType.Summary, (ref PacketWriter writer) => writer.TrySummary(depth, prefix, hashes));
        AssertReads(message, read => (PacketReader.TrySummary(read, out var back), $"{back.Depth} {back.Prefix} {string.Join(' ', back.Hashes ?? [])}"),
            $"{depth} {prefix} {string.Join(' ', hashes)}");
    });

    [Fact]
    public void A_digest_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var (depth, prefix) = (randomness.Below(MemberTable.MaxDepth + 1), Sample.UInt64(randomness));
        var entries = Ids(randomness).Select(id => new DigestEntry(id, Sample.Claim(randomness), Sample.Version(randomness) - 1)).ToArray();
        var message = Written(MessageType.Digest, (ref PacketWriter writer) => writer.TryDigest(depth, prefix, entries));
        AssertReads(message, read => (PacketReader.TryDigest(read, out var back), $"{back.Depth} {back.Prefix} {string.Join(' ', back.Entries ?? [])}"),
            $"{depth} {prefix} {string.Join(' ', entries)}");
    });

    [Fact]
    public void A_want_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var entries = Ids(randomness).Select(id => new WantEntry(id, Sample.Version(randomness) - 1)).ToArray();
        var message = Written(MessageType.Want, (ref PacketWriter writer) => writer.TryWant(entries));
        AssertReads(message, read => (PacketReader.TryWant(read, out var back), string.Join(' ', back)), string.Join(' ', entries));
    });

    [Fact]
    public void A_notice_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var (owner, version) = (Sample.Id(randomness), Sample.Version(randomness));
        var message = Written(MessageType.Notice, (ref PacketWriter writer) => writer.TryNotice(owner, version));
        AssertReads(message, read => (PacketReader.TryNotice(read, out var back, out var to), (back, to)), (owner, version));
    });

    [Fact]
    public void A_record_is_read_as_it_was_written() => Property.Holds(Times, randomness =>
    {
        var record = Sample.Record(randomness, Sample.Name(randomness, Limits.NameBytes));
        var payload = Sample.Payload(record);
        Assert.True(RecordCodec.TryRead(record.InstanceId, payload, out var back));
        Assert.Equal(payload, Sample.Payload(back));
        Assert.Equivalent(record, back, strict: true);
        Assert.False(RecordCodec.TryWrite(record, new byte[payload.Length - 1], out _));
        Assert.False(RecordCodec.TryRead(record.InstanceId, payload.AsSpan(0, randomness.Below(payload.Length)), out _));
    });

    [Fact]
    public void Loads_are_read_as_they_were_written() => Property.Holds(Times, randomness =>
    {
        var reports = Ids(randomness).Select(id => new LoadReport(
            id, 1 + (Sample.UInt32(randomness) % (Limits.LoadSequence - 1)), TimeSpan.FromMilliseconds(randomness.Below(65_536)), new Load(randomness.Below(70_000), randomness.Below(70_000), randomness.Below(101)))).ToArray();
        var message = Written(MessageType.Loads, (ref PacketWriter writer) => writer.TryLoads(reports));
        Assert.InRange(message.Length, 0, LoadReport.HeadBytes + (reports.Length * LoadReport.MostBytes));
        AssertReads(message, read =>
        {
            var back = new List<LoadReport>();
            return (PacketReader.TryLoads(read, back), string.Join(' ', back));
        }, string.Join(' ', reports));
    });

    [Fact]
    public void Absurd_loads_are_cut_and_absurd_numbers_refused()
    {
        byte[] huge = [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        var reports = new List<LoadReport>();
        Assert.True(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, 1, .. huge, .. huge, .. huge, .. huge], reports));
        Assert.Equal(new LoadReport(new MemberId(5), 1, TimeSpan.FromMilliseconds(65_535), new Load(65_535, 65_535, 100)), Assert.Single(reports));
        Assert.False(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, .. huge, 0, 0, 0, 0], []));
        Assert.False(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, 0xCE, 0x40, 0, 0, 0, 0, 0, 0, 0], []));
        Assert.False(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, 0, 0, 0, 0, 0], []));
    }

    private static IEnumerable<MemberId> Ids(Randomness randomness) =>
        Enumerable.Range(0, randomness.Below(20)).Select(_ => Sample.Id(randomness)).Distinct().Order();

    private static string Told(in Delta delta) => $"{delta.Owner} {delta.From} {delta.To} {delta.Floor} " + string.Join(
        ' ', (delta.Entries ?? []).Select(entry => $"{entry.Key}@{entry.Version}={(entry.Payload is null ? "-" : Convert.ToHexString(entry.Payload))}"));

    /// <summary>Writes a message, trying every capacity: it is whole or not there, and what stood in front of it stays.</summary>
    private static byte[] Written(MessageType type, Writing write)
    {
        var large = new byte[4 * Limits.RecordBytes];
        var writer = new PacketWriter(large);
        Assert.True(write(ref writer));
        var message = large[..writer.Length];
        for (var capacity = 0; capacity < message.Length; capacity++)
        {
            var small = new PacketWriter(large.AsSpan(0, capacity + 1));
            Assert.True(small.TryMessage([0x90]));
            Assert.False(write(ref small), $"A message of {message.Length} bytes claims to fit into {capacity}.");
            Assert.Equal(1, small.Length);
        }

        var exact = new PacketWriter(large.AsSpan(0, message.Length));
        Assert.True(write(ref exact));
        Assert.Equal(message.Length, exact.Length);

        var reader = new PacketReader(message);
        Assert.True(reader.TryNext(out var read, out var whole));
        Assert.Equal(type, read);
        Assert.Equal(message.Length, whole.Length);
        Assert.True(reader.IsAtEnd);
        return message;
    }

    /// <summary>Reads a message as it is, and with elements of a later version behind it; no truncation of it is a message.</summary>
    private static void AssertReads<T>(byte[] message, Func<byte[], (bool Known, T Value)> read, T expected)
    {
        Assert.Equal((true, expected), read(message));
        Assert.Equal((true, expected), read(Foreign.Lengthened(message, [0xC3, 0x81, 0xA1, 0x61, 0x92, 0x01, 0xC0])));
        for (var length = 0; length < message.Length; length++)
        {
            Assert.False(new PacketReader(message.AsSpan(0, length)).TryNext(out _, out _));
            Assert.False(read(message[..length]).Known, "Half a message was read as one.");
        }
    }
}
