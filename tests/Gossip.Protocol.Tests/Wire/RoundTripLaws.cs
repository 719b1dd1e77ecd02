using FsCheck.Xunit;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>What a node writes is what a node reads, at every capacity, and with what later versions put behind it.</summary>
[Properties(Arbitrary = [typeof(Messages)])]
public sealed class RoundTripLaws
{
    private delegate bool Writing(ref PacketWriter writer);

    [Law]
    internal void A_ping_is_read_as_it_was_written(Ping ping)
    {
        var message = Written(MessageType.Ping, (ref PacketWriter writer) => writer.TryPing(ping));
        AssertReads(message, read => (PacketReader.TryPing(read, out var back), back), ping);
    }

    [Law]
    internal void An_ack_is_read_as_it_was_written(uint sequence, uint token, uint responder, uint digest, Revision held, PeerAddress seenAs)
    {
        var ack = new Ack(sequence, token, responder, digest, held.Number);
        var message = Written(MessageType.Ack, (ref PacketWriter writer) => writer.TryAck(ack));
        AssertReads(message, read => (PacketReader.TryAck(read, out var back), back), ack);
        var telling = ack with { SeenAs = seenAs };
        message = Written(MessageType.Ack, (ref PacketWriter writer) => writer.TryAck(telling));
        Assert.True(PacketReader.TryAck(message, out var told));
        Assert.Equal(telling, told);
    }

    [Law]
    internal void A_ping_request_is_read_as_it_was_written(PingRequest request)
    {
        var message = Written(MessageType.PingRequest, (ref PacketWriter writer) => writer.TryPingRequest(request));
        AssertReads(message, read => (PacketReader.TryPingRequest(read, out var back), back), request);
    }

    [Law]
    internal void A_nack_is_read_as_it_was_written(uint sequence, uint token)
    {
        var message = Written(MessageType.Nack, (ref PacketWriter writer) => writer.TryNack(sequence, token));
        AssertReads(message, read => (PacketReader.TryNack(read, out var back, out var told), (back, told)), (sequence, token));
    }

    [Law]
    internal void A_profile_is_read_as_it_was_written(
        MemberId id, Incarnation incarnation, PeerAddress address, Name name, Zone zone, byte version)
    {
        var message = Written(MessageType.Alive, (ref PacketWriter writer) =>
            writer.TryAlive(id, incarnation, address, name.Text, zone.Text, version));
        AssertReads(message, read =>
        {
            if (!PacketReader.TryAlive(read, out var alive))
                return (false, default);
            var back = alive.ToProfile(new StringPool());
            Assert.True(read.AsSpan().SequenceEqual(back.Encoded), "A profile is kept as its owner wrote it.");
            return (true, (back.Id, back.Incarnation, back.Address, back.Name, back.Zone, back.ProtocolVersion));
        }, (id, incarnation, address, name.Text, zone.Text, version));
    }

    [Law]
    internal void An_accusation_is_read_as_it_was_written(Accusation accusation)
    {
        var state = accusation.Claim.State;
        var type = state == MemberState.Suspect ? MessageType.Suspect : state == MemberState.Dead ? MessageType.Dead : MessageType.Left;
        var message = Written(type, (ref PacketWriter writer) => writer.TryAccusation(accusation));
        AssertReads(message, read => (PacketReader.TryAccusation(type, read, out var back), back), accusation);
    }

    [Law(5, 150)]
    internal void A_delta_is_read_as_it_was_written(Delta delta)
    {
        var message = Written(MessageType.Delta, (ref PacketWriter writer) => writer.TryDelta(
            delta.Owner, delta.From, delta.To, delta.Floor, [.. delta.Entries], delta.Kept));
        AssertReads(message, read => (PacketReader.TryDelta(read, out var back), Told(back)), Told(delta));
    }

    [Law]
    internal void A_summary_is_read_as_it_was_written(Summary summary)
    {
        var message = Written(MessageType.Summary, (ref PacketWriter writer) =>
            writer.TrySummary(summary.Depth, summary.Prefix, summary.Hashes));
        AssertReads(message, read => (PacketReader.TrySummary(read, out var back), Told(back)), Told(summary));
    }

    [Law(30, 1_500)]
    internal void A_digest_is_read_as_it_was_written(Digest digest)
    {
        var message = Written(MessageType.Digest, (ref PacketWriter writer) =>
            writer.TryDigest(digest.Depth, digest.Prefix, [.. digest.Entries]));
        AssertReads(message, read => (PacketReader.TryDigest(read, out var back), Told(back)), Told(digest));
    }

    [Law]
    internal void A_want_is_read_as_it_was_written(Few<WantEntry> wants)
    {
        var message = Written(MessageType.Want, (ref PacketWriter writer) => writer.TryWant(wants.Entries));
        AssertReads(message, read => (PacketReader.TryWant(read, out var back), string.Join(' ', back)), wants.ToString());
    }

    [Law]
    internal void A_notice_is_read_as_it_was_written(MemberId owner, Revision version)
    {
        var message = Written(MessageType.Notice, (ref PacketWriter writer) => writer.TryNotice(owner, version.Number));
        AssertReads(message, read => (PacketReader.TryNotice(read, out var back, out var to), (back, to)), (owner, version.Number));
    }

    [Law]
    internal void A_record_is_read_as_it_was_written(ServiceRecord record, Seed cut)
    {
        var payload = Sample.Payload(record);
        Assert.True(RecordCodec.TryRead(record.InstanceId, payload, out var back));
        Assert.Equal(payload, Sample.Payload(back));
        Assert.Equivalent(record, back, strict: true);
        Assert.False(RecordCodec.TryWrite(record, new byte[payload.Length - 1], out _));
        Assert.False(RecordCodec.TryRead(record.InstanceId, payload.AsSpan(0, (int)(cut.Value % (ulong)payload.Length)), out _));
    }

    [Law(30, 1_500)]
    internal void Loads_are_read_as_they_were_written(Few<LoadReport> reports)
    {
        var message = Written(MessageType.Loads, (ref PacketWriter writer) => writer.TryLoads(reports.Entries));
        Assert.InRange(message.Length, 0, LoadReport.HeadBytes + (reports.Entries.Length * LoadReport.MostBytes));
        AssertReads(message, read =>
        {
            var back = new List<LoadReport>();
            return (PacketReader.TryLoads(read, back), string.Join(' ', back));
        }, reports.ToString());
    }

    [Law]
    internal void A_question_for_what_a_node_keeps_is_read_as_it_was_written(MemberId sender, Seed since, uint sequence, uint token, byte topic)
    {
        var asked = new Inspect(sequence, token, sender, sender.Tag, topic, since.Value);
        var message = Written(MessageType.Inspect, (ref PacketWriter writer) => writer.TryInspect(asked));
        AssertReads(message, read => (PacketReader.TryInspect(read, out var back), back), asked);
    }

    [Law]
    internal void What_a_node_keeps_is_read_as_it_was_written(Seed seed, uint sequence, uint token)
    {
        var randomness = new Randomness(seed.Value);
        var content = Sample.Bytes(randomness, randomness.Below(400));
        var outcome = (InspectionOutcome)randomness.Below(3);
        var message = Written(MessageType.Inspected, (ref PacketWriter writer) => writer.TryInspected(
            new Inspected { Sequence = sequence, Token = token, Outcome = outcome, Content = content }));
        Assert.InRange(message.Length, 0, Limits.InspectedHead + content.Length);
        AssertReads(
            message,
            read => (PacketReader.TryInspected(read, out var back), $"{back.Sequence} {back.Token} {back.Outcome} {Convert.ToHexString(back.Content)}"),
            $"{sequence} {token} {outcome} {Convert.ToHexString(content)}");
    }

    [Fact]
    public void An_answer_that_is_too_long_is_refused_and_an_outcome_of_a_later_version_is_no_answer()
    {
        var large = new byte[Limits.InspectionBytes + 100];
        foreach (var (excess, fits) in new[] { (0, true), (1, false) })
        {
            var writer = new PacketWriter(large);
            Assert.True(writer.TryInspected(new Inspected { Sequence = 1, Token = 2, Outcome = 0, Content = new byte[Limits.InspectionBytes + excess] }));
            Assert.Equal(fits, PacketReader.TryInspected(large.AsSpan(0, writer.Length), out _));
        }

        Assert.True(PacketReader.TryInspected([0x95, 16, 1, 2, 9, 0xC4, 0], out var read));
        Assert.Equal(InspectionOutcome.Busy, read.Outcome);
    }

    [Fact]
    public void Absurd_loads_are_cut_and_absurd_numbers_refused()
    {
        byte[] huge = [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        var reports = new List<LoadReport>();
        Assert.True(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, 1, .. huge, .. huge, .. huge, .. huge], reports));
        Assert.Equal(new LoadReport(new MemberId(5), 1, TimeSpan.FromMilliseconds(65_535), new Load(65_535, 65_535, 100)), Assert.Single(reports));
        Assert.False(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, .. huge, 0, 0, 0, 0], []));
        Assert.False(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, 0xCF, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], []));
        Assert.False(PacketReader.TryLoads([0x92, 14, 0x91, 0x96, 5, 0, 0, 0, 0, 0], []));
    }

    private static string Told(in Summary summary) => $"{summary.Depth} {summary.Prefix} {string.Join(' ', summary.Hashes ?? [])}";

    private static string Told(in Digest digest) => $"{digest.Depth} {digest.Prefix} {string.Join(' ', digest.Entries ?? [])}";

    private static string Told(in Delta delta) => $"{delta.Owner} {delta.From} {delta.To} {delta.Floor} [{string.Join(',', delta.Kept ?? [0])}] " + string.Join(
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
