using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Gossip.Dns.Messages;

/// <summary>The flags word of a header (RFC 1035 §4.1.1), as far as mDNS looks at it.</summary>
[Flags]
internal enum DnsFlags : ushort
{
    None = 0,
    Response = 0x8000,
    Authoritative = 0x0400,
    Truncated = 0x0200,

    /// <summary>Opcode and response code: mDNS ignores any message where they are not zero (RFC 6762 §18).</summary>
    Foreign = 0x780F,
}

internal readonly record struct DnsHeader(
    ushort Id, DnsFlags Flags, ushort Questions, ushort Answers, ushort Authorities, ushort Additionals);

/// <summary>Walks one DNS message. Never throws on foreign bytes, and does work bounded by the packet's length.</summary>
internal ref struct DnsReader(ReadOnlySpan<byte> packet)
{
    private readonly ReadOnlySpan<byte> _packet = packet;
    private int _at;

    /// <summary>
    /// The class of the question or record that was read last, as it is there: EDNS has something else in it (RFC 6891 §6.1.2).
    /// </summary>
    public ushort Class { get; private set; }

    /// <summary>Labels and pointers followed so far, a measure of the work.</summary>
    public int Steps { get; private set; }

    // header ← id:u16 flags:u16 questions:u16 answers:u16 authorities:u16 additionals:u16
    public bool TryReadHeader(out DnsHeader header)
    {
        header = default;
        if (!TryReadWord(out var id) || !TryReadWord(out var flags) || !TryReadWord(out var questions) || !TryReadWord(out var answers)
            || !TryReadWord(out var authorities) || !TryReadWord(out var additionals))
            return false;
        header = new DnsHeader(id, (DnsFlags)flags, questions, answers, authorities, additionals);
        return true;
    }

    // question ← name type:u16 class:u16      (class: top bit = unicast answer welcome)
    public bool TryReadQuestion(out DnsQuestion question)
    {
        question = default;
        if (!TryReadName(out var name) || !TryReadWord(out var type) || !TryReadWord(out var kind))
            return false;
        Class = kind;
        question = new DnsQuestion(name, IsInternet(kind) ? (RecordType)type : RecordType.None, (kind & 0x8000) != 0);
        return true;
    }

    // record ← name type:u16 class:u16 ttl:u32 length:u16 body      (class: top bit = flush the cache)
    public bool TryReadRecord([NotNullWhen(true)] out DnsRecord? record)
    {
        record = null;
        if (!TryReadName(out var name) || !TryReadWord(out var type) || !TryReadWord(out var kind)
            || !TryReadWord(out var high) || !TryReadWord(out var low) || !TryReadWord(out var length) || _packet.Length - _at < length)
            return false;
        Class = kind;
        var end = _at + length;
        RecordBody? body = null;
        if (IsInternet(kind) && !TryReadBody((RecordType)type, end, out body))
            return false;
        _at = end;
        var ttl = TimeSpan.FromSeconds(((uint)high << 16) | low);
        record = new DnsRecord(name, (RecordType)type, (kind & 0x8000) != 0, ttl, body);
        return true;
    }

    // name ← (length:1..63 bytes)* (0 | pointer:u16 with both top bits set)
    // A pointer must point strictly before everything read so far of this name, so a name can neither loop nor grow without end.
    public bool TryReadName([NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        Span<byte> wire = stackalloc byte[Limits.NameBytes];
        int used = 0, jumps = 0, at = _at, lowest = _at, resume = -1;
        while (at < _packet.Length)
        {
            Steps++;
            var length = _packet[at];
            if ((length & 0xC0) == 0xC0)
            {
                if (at + 1 >= _packet.Length || ++jumps > Limits.NameJumps)
                    return false;
                if (resume < 0)
                    resume = at + 2;
                at = ((length & 0x3F) << 8) | _packet[at + 1];
                if (at >= lowest)
                    return false;
                lowest = at;
                continue;
            }

            if (length > Limits.LabelBytes || at + 1 + length > _packet.Length || used + 1 + length > Limits.NameBytes)
                return false;
            _packet.Slice(at, 1 + length).CopyTo(wire[used..]);
            used += 1 + length;
            at += 1 + length;
            if (length != 0)
                continue;
            name = used == 1 ? DnsName.Root : DnsName.FromCheckedWire(wire[..used]);
            _at = resume < 0 ? at : resume;
            return true;
        }

        return false;
    }

    private static bool IsInternet(ushort kind) => (kind & 0x7FFF) is 1 or 255;

    private bool TryReadBody(RecordType type, int end, out RecordBody? body)
    {
        body = null;
        return type switch
        {
            RecordType.A => TryReadAddress(4, end, out body),
            RecordType.Aaaa => TryReadAddress(16, end, out body),
            RecordType.Ptr => TryReadPointer(end, out body),
            RecordType.Srv => TryReadServer(end, out body),
            RecordType.Txt => TryReadText(end, out body),
            _ => TryReadOpaque(end, out body),
        };
    }

    private readonly bool TryReadOpaque(int end, out RecordBody? body)
    {
        body = new OpaqueBody(_packet[_at..end].ToArray());
        return true;
    }

    private readonly bool TryReadAddress(int bytes, int end, out RecordBody? body)
    {
        body = null;
        if (end - _at != bytes)
            return false;
        body = new AddressBody(new IPAddress(_packet[_at..end]));
        return true;
    }

    private bool TryReadPointer(int end, out RecordBody? body)
    {
        body = null;
        if (!TryReadName(out var target) || _at != end)
            return false;
        body = new PointerBody(target);
        return true;
    }

    // server ← priority:u16 weight:u16 port:u16 target:name
    private bool TryReadServer(int end, out RecordBody? body)
    {
        body = null;
        if (!TryReadWord(out var priority) || !TryReadWord(out var weight) || !TryReadWord(out var port)
            || !TryReadName(out var target) || _at != end)
            return false;
        body = new ServerBody(priority, weight, port, target);
        return true;
    }

    // text ← (length:u8 bytes)*
    private readonly bool TryReadText(int end, out RecordBody? body)
    {
        body = null;
        var at = _at;
        while (at < end)
            at += 1 + _packet[at];
        if (at != end)
            return false;
        body = new TextBody(_packet[_at..end].ToArray());
        return true;
    }

    private bool TryReadWord(out ushort word)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_packet[_at..], out word))
            return false;
        _at += 2;
        return true;
    }
}
