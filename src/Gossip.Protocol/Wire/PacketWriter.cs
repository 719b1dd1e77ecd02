using System.Buffers.Binary;

namespace Gossip.Protocol;

/// <summary>
/// Fills a packet with messages. Each method writes one message whole, or refuses it and leaves no trace. The grammar is above each method;
/// <c>id</c> is a uint 64, <c>state</c> and <c>evidence</c> are small uints.
/// </summary>
internal ref struct PacketWriter
{
    private MessagePackWriter _out;

    public PacketWriter(Span<byte> body) => _out = new MessagePackWriter(body);

    public readonly int Length => _out.Position;

    public readonly bool IsEmpty => _out.Position == 0;

    /// <summary>A message that is encoded already.</summary>
    public bool TryMessage(scoped ReadOnlySpan<byte> message) => _out.TryRaw(message);

    /// <summary>
    /// [1, sequence, token, sender id, target tag or 0, digest], and bytes of padding behind it, which allow a larger answer.
    /// </summary>
    public bool TryPing(in Ping ping, int padding = 0)
    {
        var to = _out;
        return Head(ref to, padding > 0 ? 7 : 6, MessageType.Ping) && to.TryUInt(ping.Sequence) && to.TryUInt32Wide(ping.Token)
            && to.TryUInt(ping.Sender.Value) && to.TryUInt(ping.TargetTag) && to.TryUInt(ping.Digest)
            && (padding == 0 || to.TryBinary(stackalloc byte[padding])) && Keep(to);
    }

    /// <summary>[2, sequence, token, responder tag, digest, held version] or the same with an address behind it.</summary>
    public bool TryAck(in Ack ack)
    {
        var to = _out;
        var tells = ack.SeenAs != default;
        return Head(ref to, tells ? 7 : 6, MessageType.Ack) && to.TryUInt(ack.Sequence) && to.TryUInt32Wide(ack.Token)
            && to.TryUInt(ack.ResponderTag) && to.TryUInt(ack.Digest) && to.TryUInt(ack.Held)
            && (!tells || Address(ref to, ack.SeenAs)) && Keep(to);
    }

    /// <summary>[3, sequence, token, sender id, target id, target address]</summary>
    public bool TryPingRequest(in PingRequest request)
    {
        var to = _out;
        return Head(ref to, 6, MessageType.PingRequest) && to.TryUInt(request.Sequence) && to.TryUInt32Wide(request.Token)
            && to.TryUInt(request.Sender.Value)
            && to.TryUInt(request.Target.Value) && Address(ref to, request.TargetAddress) && Keep(to);
    }

    /// <summary>[4, sequence, token]</summary>
    public bool TryNack(uint sequence, uint token)
    {
        var to = _out;
        return Head(ref to, 3, MessageType.Nack) && to.TryUInt(sequence) && to.TryUInt32Wide(token) && Keep(to);
    }

    /// <summary>[5, id, incarnation, address, name, zone, protocol version]</summary>
    public bool TryAlive(MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone, byte protocolVersion)
    {
        var to = _out;
        return Head(ref to, 7, MessageType.Alive) && to.TryUInt(id.Value) && to.TryUInt(incarnation.Value) && Address(ref to, address)
            && to.TryString(name) && to.TryString(zone) && to.TryUInt(protocolVersion) && Keep(to);
    }

    /// <summary>
    /// [6 or 7, id, incarnation, accuser id, evidence, local health, round trip in microseconds or 0] or [8, id, incarnation]
    /// </summary>
    public bool TryAccusation(in Accusation accusation)
    {
        var to = _out;
        var left = accusation.Claim.State == MemberState.Left;
        var type = accusation.Claim.State switch
        {
            MemberState.Suspect => MessageType.Suspect,
            MemberState.Dead => MessageType.Dead,
            _ => MessageType.Left,
        };
        return Head(ref to, left ? 3 : 7, type) && to.TryUInt(accusation.Member.Value) && to.TryUInt(accusation.Claim.Incarnation.Value)
            && (left || Word(ref to, accusation.Testimony)) && Keep(to);
    }

    /// <summary>
    /// [9, owner id, from, to, floor, [[key, version, record or nil]…], [version…]], versions ascending within from (excluded) to to, and
    /// where there are any behind, up to from.
    /// </summary>
    public bool TryDelta(
        MemberId owner, ulong from, ulong last, ulong floor, scoped ReadOnlySpan<DeltaEntry> entries, IReadOnlyList<ulong>? kept = null)
    {
        var to = _out;
        var fits = Head(ref to, kept is null ? 6 : 7, MessageType.Delta) && to.TryUInt(owner.Value) && to.TryUInt(from) && to.TryUInt(last)
            && to.TryUInt(floor) && to.TryArray(entries.Length);
        foreach (ref readonly var entry in entries)
        {
            fits = fits && to.TryArray(3) && to.TryString(entry.Key) && to.TryUInt(entry.Version)
                && (entry.Payload is null ? to.TryNil() : to.TryRaw(entry.Payload));
        }

        fits = fits && (kept is null || to.TryArray(kept.Count));
        foreach (var version in kept ?? [])
            fits = fits && to.TryUInt(version);
        return fits && Keep(to);
    }

    /// <summary>[10, depth, prefix, [hash × 16]]</summary>
    public bool TrySummary(int depth, ulong prefix, scoped ReadOnlySpan<uint> hashes)
    {
        var to = _out;
        var fits = Head(ref to, 4, MessageType.Summary) && to.TryUInt((uint)depth) && to.TryUInt(prefix) && to.TryArray(hashes.Length);
        foreach (var hash in hashes)
            fits = fits && to.TryUInt(hash);
        return fits && Keep(to);
    }

    /// <summary>[11, depth, prefix, [[id, incarnation, state, version]…]], ids ascending.</summary>
    public bool TryDigest(int depth, ulong prefix, scoped ReadOnlySpan<DigestEntry> entries)
    {
        var to = _out;
        var fits = Head(ref to, 4, MessageType.Digest) && to.TryUInt((uint)depth) && to.TryUInt(prefix) && to.TryArray(entries.Length);
        foreach (ref readonly var entry in entries)
        {
            fits = fits && to.TryArray(4) && to.TryUInt(entry.Member.Value) && to.TryUInt(entry.Claim.Incarnation.Value)
                && to.TryUInt((byte)entry.Claim.State) && to.TryUInt(entry.Version);
        }

        return fits && Keep(to);
    }

    /// <summary>[12, [[id, version]…]], ids ascending: an empty list says "nothing", so that the asker knows that it has all.</summary>
    public bool TryWant(scoped ReadOnlySpan<WantEntry> entries)
    {
        var to = _out;
        var fits = Head(ref to, 2, MessageType.Want) && to.TryArray(entries.Length);
        foreach (ref readonly var entry in entries)
            fits = fits && to.TryArray(2) && to.TryUInt(entry.Member.Value) && to.TryUInt(entry.Version);
        return fits && Keep(to);
    }

    /// <summary>[13, owner id, version]: the owner has records up to this version that no datagram holds; fetch them by stream.</summary>
    public bool TryNotice(MemberId owner, ulong version)
    {
        var to = _out;
        return Head(ref to, 3, MessageType.Notice) && to.TryUInt(owner.Value) && to.TryUInt(version) && Keep(to);
    }

    /// <summary>[14, [[id, sequence, age in ms, in flight, queue delay in ms, cpu in percent]…]]; a member may occur once.</summary>
    public bool TryLoads(scoped ReadOnlySpan<LoadReport> reports)
    {
        var to = _out;
        var fits = Head(ref to, 2, MessageType.Loads) && to.TryArray(reports.Length);
        foreach (ref readonly var report in reports)
        {
            fits = fits && to.TryArray(6) && to.TryUInt(report.Member.Value) && to.TryUInt(report.Sequence)
                && to.TryUInt((ulong)Math.Clamp(report.Age.TotalMilliseconds, 0, ushort.MaxValue))
                && to.TryUInt((ulong)report.Load.InFlight)
                && to.TryUInt((ulong)report.Load.QueueDelayMs) && to.TryUInt((ulong)report.Load.CpuPercent);
        }

        return fits && Keep(to);
    }

    /// <summary>[15, sequence, token, sender id, target tag, topic, since]</summary>
    public bool TryInspect(in Inspect asked)
    {
        var to = _out;
        return Head(ref to, 7, MessageType.Inspect) && to.TryUInt(asked.Sequence) && to.TryUInt32Wide(asked.Token)
            && to.TryUInt(asked.Sender.Value) && to.TryUInt(asked.TargetTag) && to.TryUInt(asked.Topic) && to.TryUInt(asked.Since)
            && Keep(to);
    }

    /// <summary>[16, sequence, token, outcome, content], outcome being 0 to 2, and the content a binary.</summary>
    public bool TryInspected(in Inspected answer)
    {
        var to = _out;
        return Head(ref to, 5, MessageType.Inspected) && to.TryUInt(answer.Sequence) && to.TryUInt32Wide(answer.Token)
            && to.TryUInt((byte)answer.Outcome) && to.TryBinary(answer.Content) && Keep(to);
    }

    /// <summary>A message is written to a copy: one that does not fit leaves no trace, and the position can stay in a register.</summary>
    private bool Keep(MessagePackWriter written)
    {
        _out = written;
        return true;
    }

    private static bool Head(ref MessagePackWriter to, int count, MessageType type) => to.TryArray(count) && to.TryUInt((byte)type);

    private static bool Word(ref MessagePackWriter to, in Testimony testimony) =>
        to.TryUInt(testimony.Accuser.Value) && to.TryUInt((byte)testimony.Evidence) && to.TryUInt(testimony.LocalHealth)
        && to.TryUInt((uint)Math.Clamp(testimony.RoundTrip?.TotalMicroseconds ?? 0, 0, uint.MaxValue));

    /// <summary>A binary of 6 (IPv4) or 18 (IPv6) bytes: the address and the port in network order.</summary>
    private static bool Address(ref MessagePackWriter to, in PeerAddress address)
    {
        if (!to.TryBinary(address.IsIPv4 ? 6 : 18, out var place))
            return false;
        address.WriteBytes(place);
        BinaryPrimitives.WriteUInt16BigEndian(place[^2..], address.Port);
        return true;
    }
}
