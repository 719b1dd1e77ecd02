using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Gossip.Protocol;

/// <summary>
/// Takes the messages out of a packet's body. Nothing here throws on foreign bytes: a method returns false, and the caller counts. The
/// grammar of each message is in <see cref="PacketWriter"/>. The most frequent messages are each read in a call of their own: inlined into
/// a caller, they would leave the compiler no room to inline the reader's own methods, which gains more.
/// </summary>
internal ref partial struct PacketReader
{
    private MessagePackReader _in;

    public PacketReader(ReadOnlySpan<byte> body) => _in = new MessagePackReader(body);

    public readonly bool IsAtEnd => _in.IsAtEnd;

    /// <summary>
    /// The next message: its type, and its bytes. A value that is no message of this version has the type 0, which no message has. False at
    /// the end, and when the rest is no whole value, which the reader then stays in front of.
    /// </summary>
    public bool TryNext(out MessageType type, out ReadOnlySpan<byte> message)
    {
        type = default;
        if (!_in.TrySkip(out message))
            return false;

        var head = new MessagePackReader(message);
        if (head.TryArray(out var count) && count > 0 && head.TryByteValue(out var code))
            type = (MessageType)code;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryPing(ReadOnlySpan<byte> message, out Ping ping)
    {
        ping = default;
        if (!TryOpen(message, 6, out var reader) || !reader.TryUInt32(out var sequence) || !reader.TryUInt32(out var token)
            || !TryId(ref reader, out var sender) || !reader.TryUInt32(out var tag) || !reader.TryUInt32(out var digest))
            return false;
        ping = new Ping(sequence, token, sender, tag, digest);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryAck(ReadOnlySpan<byte> message, out Ack ack)
    {
        ack = default;
        if (!TryOpen(message, 6, out var reader) || !reader.TryUInt32(out var sequence) || !reader.TryUInt32(out var token)
            || !reader.TryUInt32(out var tag) || !reader.TryUInt32(out var digest) || !TryVersion(ref reader, out var held))
            return false;
        // An address that only a later version understands is ignored.
        ack = new Ack(sequence, token, tag, digest, held, TryAddress(ref reader, out var seenAs) ? seenAs : default);
        return true;
    }

    public static bool TryPingRequest(ReadOnlySpan<byte> message, out PingRequest request)
    {
        request = default;
        if (!TryOpen(message, 6, out var reader) || !reader.TryUInt32(out var sequence) || !reader.TryUInt32(out var token)
            || !TryId(ref reader, out var sender) || !TryId(ref reader, out var target) || !TryAddress(ref reader, out var address))
            return false;
        request = new PingRequest(sequence, token, sender, target, address);
        return true;
    }

    public static bool TryNack(ReadOnlySpan<byte> message, out uint sequence, out uint token)
    {
        (sequence, token) = (0, 0);
        return TryOpen(message, 3, out var reader) && reader.TryUInt32(out sequence) && reader.TryUInt32(out token);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryAlive(ReadOnlySpan<byte> message, out Alive alive)
    {
        alive = default;
        if (message.Length > Limits.ProfileBytes || !TryOpen(message, 7, out var reader) || !TryId(ref reader, out var id)
            || !TryIncarnation(ref reader, out var incarnation) || !TryAddress(ref reader, out var address)
            || !reader.TryText(Limits.NameBytes, out var name) || !reader.TryText(Limits.ZoneBytes, out var zone)
            || !reader.TryByteValue(out var version) || !Limits.IsName(name, Limits.NameBytes)
            || (zone.Length > 0 && !Limits.IsName(zone, Limits.ZoneBytes)))
            return false;
        alive = new Alive
        {
            Id = id, Incarnation = incarnation, Address = address, Name = name, Zone = zone, ProtocolVersion = version, Encoded = message,
        };
        return true;
    }

    public static bool TryAccusation(MessageType type, ReadOnlySpan<byte> message, out Accusation accusation)
    {
        accusation = default;
        var left = type == MessageType.Left;
        var state = left ? MemberState.Left : type == MessageType.Dead ? MemberState.Dead : MemberState.Suspect;
        if (!TryOpen(message, left ? 3 : 7, out var reader) || !TryId(ref reader, out var id)
            || !TryIncarnation(ref reader, out var incarnation))
            return false;
        Testimony testimony = default;
        if (!left && !TryTestimony(ref reader, out testimony))
            return false;
        accusation = new Accusation(id, new Claim(incarnation, state), testimony);
        return true;
    }

    public static bool TrySummary(ReadOnlySpan<byte> message, out Summary summary)
    {
        summary = default;
        if (!TryOpen(message, 4, out var reader) || !TryRange(ref reader, out var depth, out var prefix)
            || !reader.TryArray(out var count) || count != 16)
            return false;
        var hashes = new uint[16];
        foreach (ref var hash in hashes.AsSpan())
        {
            if (!reader.TryUInt32(out hash))
                return false;
        }

        summary = new Summary(depth, prefix, hashes);
        return true;
    }

    public static bool TryDigest(ReadOnlySpan<byte> message, out Digest digest)
    {
        digest = default;
        if (!TryOpen(message, 4, out var reader) || !TryRange(ref reader, out var depth, out var prefix) || !reader.TryArray(out var count))
            return false;
        var entries = new List<DigestEntry>(Math.Min(count, Limits.DigestEntries));
        var last = default(MemberId);
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryArray(out var fields) || fields < 4 || !TryId(ref reader, out var id)
                || !TryIncarnation(ref reader, out var incarnation) || !reader.TryByteValue(out var state) || state > (byte)MemberState.Left
                || !TryVersion(ref reader, out var version) || !reader.TrySkip(fields - 4) || id.Value <= last.Value)
                return false;
            last = id;
            entries.Add(new DigestEntry(id, new Claim(incarnation, (MemberState)state), version));
        }

        digest = new Digest(depth, prefix, entries);
        return true;
    }

    public static bool TryWant(ReadOnlySpan<byte> message, out IReadOnlyList<WantEntry> entries)
    {
        var list = new List<WantEntry>();
        entries = list;
        if (!TryOpen(message, 2, out var reader) || !reader.TryArray(out var count))
            return false;
        var last = default(MemberId);
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryArray(out var fields) || fields < 2 || !TryId(ref reader, out var id) || !TryVersion(ref reader, out var version)
                || !reader.TrySkip(fields - 2) || id.Value <= last.Value)
                return false;
            last = id;
            list.Add(new WantEntry(id, version));
        }

        return true;
    }

    public static bool TryNotice(ReadOnlySpan<byte> message, out MemberId owner, out ulong version)
    {
        owner = default;
        version = 0;
        return TryOpen(message, 3, out var reader) && TryId(ref reader, out owner) && TryVersion(ref reader, out version);
    }

    /// <summary>Reads loads; numbers outside the range of a load are cut to it.</summary>
    public static bool TryLoads(ReadOnlySpan<byte> message, List<LoadReport> reports)
    {
        if (!TryOpen(message, 2, out var reader) || !reader.TryArray(out var count))
            return false;
        for (var i = 0; i < Math.Min(count, Limits.LoadsPerMessage); i++)
        {
            if (!reader.TryArray(out var fields) || fields < 6 || !TryId(ref reader, out var id) || !reader.TryUInt(out var sequence)
                || sequence is 0 or >= Limits.LoadSequence || !reader.TryUInt(out var ageMs) || !reader.TryUInt(out var inFlight)
                || !reader.TryUInt(out var queueDelayMs) || !reader.TryUInt(out var cpuPercent) || !reader.TrySkip(fields - 6))
                return false;
            var load = new Load(
                (int)Math.Min(inFlight, int.MaxValue), (int)Math.Min(queueDelayMs, int.MaxValue), (int)Math.Min(cpuPercent, int.MaxValue));
            reports.Add(new LoadReport(id, sequence, TimeSpan.FromMilliseconds(Math.Min(ageMs, ushort.MaxValue)), load));
        }

        return true;
    }

    public static bool TryInspect(ReadOnlySpan<byte> message, out Inspect asked)
    {
        asked = default;
        if (!TryOpen(message, 7, out var reader) || !reader.TryUInt32(out var sequence) || !reader.TryUInt32(out var token)
            || !TryId(ref reader, out var sender) || !reader.TryUInt32(out var tag) || !reader.TryByteValue(out var topic)
            || !reader.TryUInt(out var since))
            return false;
        asked = new Inspect(sequence, token, sender, tag, topic, since);
        return true;
    }

    /// <summary>An outcome that only a later version knows is read as "busy": there is no answer, and perhaps there will be one.</summary>
    public static bool TryInspected(ReadOnlySpan<byte> message, out Inspected answer)
    {
        answer = default;
        if (!TryOpen(message, 5, out var reader) || !reader.TryUInt32(out var sequence) || !reader.TryUInt32(out var token)
            || !reader.TryByteValue(out var outcome) || !reader.TryBinary(out var content) || content.Length > Limits.InspectionBytes)
            return false;
        answer = new Inspected
        {
            Sequence = sequence,
            Token = token,
            Outcome = outcome <= (byte)InspectionOutcome.Unknown ? (InspectionOutcome)outcome : InspectionOutcome.Busy,
            Content = content,
        };
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryOpen(ReadOnlySpan<byte> message, int least, out MessagePackReader reader) =>
        TryOpen(message, least, out reader, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryOpen(ReadOnlySpan<byte> message, int least, out MessagePackReader reader, out int elements)
    {
        reader = new MessagePackReader(message);
        return reader.TryArray(out elements) && elements >= least && reader.TryByteValue(out _);
    }

    private static bool TryRange(ref MessagePackReader reader, out int depth, out ulong prefix)
    {
        depth = 0;
        prefix = 0;
        if (!reader.TryByteValue(out var level) || level > MemberTable.MaxDepth || !reader.TryUInt(out prefix))
            return false;
        depth = level;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryId(ref MessagePackReader reader, out MemberId id)
    {
        var read = reader.TryUInt(out var value) && value != 0;
        id = new MemberId(value);
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryIncarnation(ref MessagePackReader reader, out Incarnation incarnation)
    {
        var read = reader.TryUInt(out var value) && value is > 0 and < Limits.Incarnation;
        incarnation = new Incarnation(value);
        return read;
    }

    /// <summary>Evidence that only a later version knows is read as the weakest there is.</summary>
    private static bool TryTestimony(ref MessagePackReader reader, out Testimony testimony)
    {
        testimony = default;
        if (!TryId(ref reader, out var accuser) || !reader.TryByteValue(out var evidence) || !reader.TryByteValue(out var health)
            || !reader.TryUInt32(out var roundTrip))
            return false;
        var grounds = evidence is > 0 and <= (byte)Evidence.RelayedSilence ? (Evidence)evidence : Evidence.Silence;
        testimony = new Testimony(accuser, grounds, health, roundTrip == 0 ? null : TimeSpan.FromMicroseconds(roundTrip));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryVersion(ref MessagePackReader reader, out ulong version) =>
        reader.TryUInt(out version) && version < Limits.Version;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryAddress(ref MessagePackReader reader, out PeerAddress address)
    {
        address = default;
        if (!reader.TryBinary(out var bytes) || bytes.Length is not (6 or 18))
            return false;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[^2..]);
        return PeerAddress.TryFromBytes(bytes[..^2], port, 0, out address) && port != 0 && address.IsUnicast;
    }
}
