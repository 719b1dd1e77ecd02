using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;

namespace Gossip.Dns.Messages;

/// <summary>
/// Writes one DNS message into a span, and refuses what does not fit: a refused question or record leaves no trace. Questions come
/// first, then answers, then authorities, then additionals; the counts are written by <see cref="Finish"/>.
/// </summary>
internal ref struct DnsWriter
{
    private const int HeaderBytes = 12;

    // RFC 6762 §18.14 compresses every name it knows; askers of the legacy kind follow RFC 2782, which forbids it in SRV.
    private readonly bool _compressServers;
    private readonly Span<byte> _packet;
    private readonly ushort _id;
    private Suffixes _suffixes;
    private int _suffixCount;
    private int _at;

    public DnsWriter(Span<byte> packet, ushort id = 0, bool compressServers = true)
    {
        _packet = packet;
        _id = id;
        _compressServers = compressServers;
        _at = HeaderBytes;
    }

    public int Questions { get; private set; }

    public int Answers { get; private set; }

    public int Authorities { get; private set; }

    public int Additionals { get; private set; }

    public bool TryAddQuestion(DnsQuestion question)
    {
        int at = _at, suffixes = _suffixCount;
        if (!TryWriteName(question.Name, compress: true) || !TryWriteWord((ushort)question.Type)
            || !TryWriteWord(question.Unicast ? 0x8001 : 1))
            return Undo(at, suffixes);
        Questions++;
        return true;
    }

    public bool TryAddAnswer(DnsRecord record)
    {
        if (!TryAddRecord(record))
            return false;
        Answers++;
        return true;
    }

    public bool TryAddAuthority(DnsRecord record)
    {
        if (!TryAddRecord(record))
            return false;
        Authorities++;
        return true;
    }

    public bool TryAddAdditional(DnsRecord record)
    {
        if (!TryAddRecord(record))
            return false;
        Additionals++;
        return true;
    }

    /// <summary>Writes the header and returns the length of the message.</summary>
    public readonly int Finish(DnsFlags flags)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_packet, _id);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[2..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[4..], (ushort)Questions);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[6..], (ushort)Answers);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[8..], (ushort)Authorities);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[10..], (ushort)Additionals);
        return _at;
    }

    // record ← name type:u16 class:u16 ttl:u32 length:u16 body
    private bool TryAddRecord(DnsRecord record)
    {
        int at = _at, suffixes = _suffixCount;
        var ttl = (uint)record.Ttl.TotalSeconds;
        if (!TryWriteName(record.Name, compress: true) || !TryWriteWord((ushort)record.Type) || !TryWriteWord(record.Flush ? 0x8001 : 1)
            || !TryWriteWord((int)(ttl >> 16)) || !TryWriteWord((int)(ttl & 0xFFFF)) || !TryWriteWord(0))
            return Undo(at, suffixes);
        var start = _at;
        if (!TryWriteBody(record.Body, record.Name))
            return Undo(at, suffixes);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[(start - 2)..], (ushort)(_at - start));
        return true;
    }

    private bool TryWriteBody(RecordBody? body, DnsName owner)
    {
        switch (body)
        {
            case PointerBody pointer:
                return TryWriteName(pointer.Target, compress: true);
            case ServerBody server:
                return TryWriteWord(server.Priority) && TryWriteWord(server.Weight) && TryWriteWord(server.Port)
                    && TryWriteName(server.Target, _compressServers);
            case TextBody text:
                return TryWriteBytes(text.Strings.Span);
            case AddressBody address:
                return TryWriteAddress(address.Address);
            case OpaqueBody opaque:
                return TryWriteBytes(opaque.Bytes.Span);
            case PresentTypesBody present:
                // The next name of an mDNS NSEC is its own name (RFC 6762 §6.1).
                return TryWriteName(owner, compress: true) && TryWriteTypes(present.Types);
            default:
                return false;
        }
    }

    private bool TryWriteAddress(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var length) && TryWriteBytes(bytes[..length]);
    }

    // types ← window:u8=0 length:u8 bitmap      (RFC 4034 §4.1.2; all our types are below 256)
    private bool TryWriteTypes(RecordType[] types)
    {
        Span<byte> window = stackalloc byte[2 + 32];
        window.Clear();
        foreach (var type in types)
        {
            var place = (int)type >> 3;
            window[2 + place] |= (byte)(0x80 >> ((int)type & 7));
            window[1] = Math.Max(window[1], (byte)(place + 1));
        }

        return TryWriteBytes(window[..(2 + window[1])]);
    }

    // A suffix that is in the packet already is replaced by a pointer to it; the others are remembered for later names.
    private bool TryWriteName(DnsName name, bool compress)
    {
        var rest = name.Wire;
        while (rest[0] != 0)
        {
            if (compress && TryFindSuffix(rest, out var offset))
                return TryWriteWord(0xC000 | offset);
            if (_suffixCount < Limits.CompressionSlots && _at < 0x4000)
                _suffixes[_suffixCount++] = (ushort)_at;
            if (!TryWriteBytes(rest[..(1 + rest[0])]))
                return false;
            rest = rest[(1 + rest[0])..];
        }

        return TryWriteBytes(rest);
    }

    private readonly bool TryFindSuffix(ReadOnlySpan<byte> suffix, out int offset)
    {
        for (var i = 0; i < _suffixCount; i++)
        {
            offset = _suffixes[i];
            if (StandsAt(offset, suffix))
                return true;
        }

        offset = 0;
        return false;
    }

    // Compares byte by byte, so that a name keeps the case it was given. Offsets remembered for a name still being written have no
    // end yet: the bounds check covers them.
    private readonly bool StandsAt(int at, ReadOnlySpan<byte> suffix)
    {
        while (at < _at)
        {
            int length = _packet[at];
            if ((length & 0xC0) == 0xC0)
            {
                at = ((length & 0x3F) << 8) | _packet[at + 1];
                continue;
            }

            if (at + 1 + length > _at || !suffix.StartsWith(_packet.Slice(at, 1 + length)))
                return false;
            if (length == 0)
                return true;
            suffix = suffix[(1 + length)..];
            at += 1 + length;
        }

        return false;
    }

    private bool TryWriteWord(int word)
    {
        if (_packet.Length - _at < 2)
            return false;
        BinaryPrimitives.WriteUInt16BigEndian(_packet[_at..], (ushort)word);
        _at += 2;
        return true;
    }

    private bool TryWriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_packet[_at..]))
            return false;
        _at += bytes.Length;
        return true;
    }

    private bool Undo(int at, int suffixes)
    {
        _at = at;
        _suffixCount = suffixes;
        return false;
    }

    [InlineArray(Limits.CompressionSlots)]
    private struct Suffixes
    {
        private ushort _first;
    }
}
