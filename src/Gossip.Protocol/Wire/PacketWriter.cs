namespace Gossip.Protocol;

/// <summary>
/// Fills a packet with messages. Each method writes one message whole, or refuses it and leaves no trace. The grammar stands above
/// each method; <c>id</c> is a uint 64, <c>state</c> and <c>evidence</c> are small uints.
/// </summary>
internal ref struct PacketWriter
{
    private MessagePackWriter _out;

    public PacketWriter(Span<byte> body) => _out = new MessagePackWriter(body);

    public readonly int Length => _out.Position;

    public readonly bool IsEmpty => _out.Position == 0;

    /// <summary>A message that is encoded already.</summary>
    public bool TryMessage(scoped ReadOnlySpan<byte> message) => _out.TryRaw(message);

    /// <summary>[1, sequence, sender id, target tag or 0, digest]</summary>
    public bool TryPing(in Ping ping) => Keep(_out.Position,
        _out.TryArray(5) && Type(MessageType.Ping) && _out.TryUInt(ping.Sequence) && Id(ping.Sender)
        && _out.TryUInt(ping.TargetTag) && _out.TryUInt(ping.Digest));

    /// <summary>[2, sequence, responder tag, digest, held version] or the same with an address behind it.</summary>
    public bool TryAck(in Ack ack)
    {
        var tells = ack.SeenAs != default;
        return Keep(_out.Position,
            _out.TryArray(tells ? 6 : 5) && Type(MessageType.Ack) && _out.TryUInt(ack.Sequence) && _out.TryUInt(ack.ResponderTag)
            && _out.TryUInt(ack.Digest) && _out.TryUInt(ack.Held) && (!tells || Address(ack.SeenAs)));
    }

    /// <summary>[3, sequence, sender id, target id, target address]</summary>
    public bool TryPingRequest(in PingRequest request) => Keep(_out.Position,
        _out.TryArray(5) && Type(MessageType.PingRequest) && _out.TryUInt(request.Sequence) && Id(request.Sender)
        && Id(request.Target) && Address(request.TargetAddress));

    /// <summary>[4, sequence]</summary>
    public bool TryNack(uint sequence) => Keep(_out.Position,
        _out.TryArray(2) && Type(MessageType.Nack) && _out.TryUInt(sequence));

    /// <summary>[5, id, incarnation, address, name, zone, protocol version]</summary>
    public bool TryAlive(MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone, byte protocolVersion) =>
        Keep(_out.Position,
            _out.TryArray(7) && Type(MessageType.Alive) && Id(id) && _out.TryUInt(incarnation.Value) && Address(address)
            && _out.TryString(name) && _out.TryString(zone) && _out.TryUInt(protocolVersion));

    /// <summary>[6 or 7, id, incarnation, accuser id, evidence, local health, round trip in microseconds or 0] or [8, id, incarnation]</summary>
    public bool TryAccusation(in Accusation accusation)
    {
        var start = _out.Position;
        var left = accusation.Claim.State == MemberState.Left;
        var type = accusation.Claim.State switch
        {
            MemberState.Suspect => MessageType.Suspect,
            MemberState.Dead => MessageType.Dead,
            _ => MessageType.Left,
        };
        return Keep(start,
            _out.TryArray(left ? 3 : 7) && Type(type) && Id(accusation.Member) && _out.TryUInt(accusation.Claim.Incarnation.Value)
            && (left || Word(accusation.Testimony)));
    }

    /// <summary>[9, owner id, from, to, floor, [[key, version, record or nil]…]], versions ascending within from (excluded) to to.</summary>
    public bool TryDelta(MemberId owner, ulong from, ulong to, ulong floor, scoped ReadOnlySpan<DeltaEntry> entries)
    {
        var start = _out.Position;
        var fits = _out.TryArray(6) && Type(MessageType.Delta) && Id(owner) && _out.TryUInt(from) && _out.TryUInt(to)
            && _out.TryUInt(floor) && _out.TryArray(entries.Length);
        foreach (ref readonly var entry in entries)
        {
            fits = fits && _out.TryArray(3) && _out.TryString(entry.Key) && _out.TryUInt(entry.Version)
                && (entry.Payload is null ? _out.TryNil() : _out.TryRaw(entry.Payload));
        }

        return Keep(start, fits);
    }

    /// <summary>[10, depth, prefix, [hash × 16]]</summary>
    public bool TrySummary(int depth, ulong prefix, scoped ReadOnlySpan<uint> hashes)
    {
        var start = _out.Position;
        var fits = _out.TryArray(4) && Type(MessageType.Summary) && _out.TryUInt((uint)depth) && _out.TryUInt(prefix) && _out.TryArray(hashes.Length);
        foreach (var hash in hashes)
            fits = fits && _out.TryUInt(hash);
        return Keep(start, fits);
    }

    /// <summary>[11, depth, prefix, [[id, incarnation, state, version]…]], ids ascending.</summary>
    public bool TryDigest(int depth, ulong prefix, scoped ReadOnlySpan<DigestEntry> entries)
    {
        var start = _out.Position;
        var fits = _out.TryArray(4) && Type(MessageType.Digest) && _out.TryUInt((uint)depth) && _out.TryUInt(prefix) && _out.TryArray(entries.Length);
        foreach (ref readonly var entry in entries)
        {
            fits = fits && _out.TryArray(4) && Id(entry.Member) && _out.TryUInt(entry.Claim.Incarnation.Value)
                && _out.TryUInt((byte)entry.Claim.State) && _out.TryUInt(entry.Version);
        }

        return Keep(start, fits);
    }

    /// <summary>[12, [[id, version]…]], ids ascending: an empty list says "nothing", so that the asker knows that it has all.</summary>
    public bool TryWant(scoped ReadOnlySpan<WantEntry> entries)
    {
        var start = _out.Position;
        var fits = _out.TryArray(2) && Type(MessageType.Want) && _out.TryArray(entries.Length);
        foreach (ref readonly var entry in entries)
            fits = fits && _out.TryArray(2) && Id(entry.Member) && _out.TryUInt(entry.Version);
        return Keep(start, fits);
    }

    /// <summary>[13, owner id, version]: the owner has records up to this version that no datagram holds; fetch them by stream.</summary>
    public bool TryNotice(MemberId owner, ulong version) => Keep(_out.Position,
        _out.TryArray(3) && Type(MessageType.Notice) && Id(owner) && _out.TryUInt(version));

    /// <summary>[14, [[id, sequence, age in ms, in flight, queue delay in ms, cpu in percent]…]]; a member may occur once.</summary>
    public bool TryLoads(scoped ReadOnlySpan<LoadReport> reports)
    {
        var start = _out.Position;
        var fits = _out.TryArray(2) && Type(MessageType.Loads) && _out.TryArray(reports.Length);
        foreach (ref readonly var report in reports)
        {
            fits = fits && _out.TryArray(6) && Id(report.Member) && _out.TryUInt(report.Sequence)
                && _out.TryUInt((ulong)Math.Clamp(report.Age.TotalMilliseconds, 0, ushort.MaxValue)) && _out.TryUInt((ulong)report.Load.InFlight)
                && _out.TryUInt((ulong)report.Load.QueueDelayMs) && _out.TryUInt((ulong)report.Load.CpuPercent);
        }

        return Keep(start, fits);
    }

    private bool Word(in Testimony testimony) =>
        Id(testimony.Accuser) && _out.TryUInt((byte)testimony.Evidence) && _out.TryUInt(testimony.LocalHealth)
        && _out.TryUInt((uint)Math.Clamp(testimony.RoundTrip?.TotalMicroseconds ?? 0, 0, uint.MaxValue));

    private bool Keep(int start, bool fits)
    {
        if (!fits)
            _out.Rewind(start);
        return fits;
    }

    private bool Type(MessageType type) => _out.TryUInt((byte)type);

    private bool Id(MemberId id) => _out.TryUInt(id.Value);

    /// <summary>A binary of 6 (IPv4) or 18 (IPv6) bytes: the address and the port in network order.</summary>
    private bool Address(PeerAddress address)
    {
        Span<byte> bytes = stackalloc byte[18];
        var length = address.WriteBytes(bytes);
        bytes[length] = (byte)(address.Port >> 8);
        bytes[length + 1] = (byte)address.Port;
        return _out.TryBinary(bytes[..(length + 2)]);
    }
}
