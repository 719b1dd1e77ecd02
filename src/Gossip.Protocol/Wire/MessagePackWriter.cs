using System.Buffers.Binary;
using System.Text.Unicode;

namespace Gossip.Protocol;

/// <summary>
/// Writes MessagePack (msgpack.org specification) into a span, always in the shortest form. Every method returns false and leaves the
/// position alone when the value does not fit, so a packet is filled by trying.
/// </summary>
internal ref struct MessagePackWriter
{
    private readonly Span<byte> _buffer;

    public MessagePackWriter(Span<byte> buffer) => _buffer = buffer;

    public int Position { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Position];

    /// <summary>Goes back to an earlier <see cref="Position"/>: a message that did not fit as a whole leaves no trace.</summary>
    public void Rewind(int position) => Position = position;

    /// <summary>nil: 0xc0.</summary>
    public bool TryNil() => TryByte(0xC0);

    /// <summary>fixarray 0x90–0x9f, array 16 0xdc, array 32 0xdd.</summary>
    public bool TryArray(int count) => count switch
    {
        < 16 => TryByte((byte)(0x90 | count)),
        <= ushort.MaxValue => TryHead16(0xDC, (ushort)count),
        _ => TryHead32(0xDD, (uint)count),
    };

    /// <summary>fixmap 0x80–0x8f, map 16 0xde, map 32 0xdf.</summary>
    public bool TryMap(int count) => count switch
    {
        < 16 => TryByte((byte)(0x80 | count)),
        <= ushort.MaxValue => TryHead16(0xDE, (ushort)count),
        _ => TryHead32(0xDF, (uint)count),
    };

    /// <summary>positive fixint 0x00–0x7f, uint 8 0xcc, uint 16 0xcd, uint 32 0xce, uint 64 0xcf.</summary>
    public bool TryUInt(ulong value)
    {
        if (value < 128)
            return TryByte((byte)value);
        if (value <= byte.MaxValue)
            return TryHead8(0xCC, (byte)value);
        if (value <= ushort.MaxValue)
            return TryHead16(0xCD, (ushort)value);
        return value <= uint.MaxValue ? TryHead32(0xCE, (uint)value) : TryUInt64(value);
    }

    /// <summary>uint 32 in its long form whatever the value, so that its place is known.</summary>
    public bool TryUInt32Wide(uint value) => TryHead32(0xCE, value);

    /// <summary>fixstr 0xa0–0xbf, str 8 0xd9, str 16 0xda.</summary>
    public bool TryString(string text)
    {
        if (text.Length < 32 && TryShortString(text))
            return true;
        var length = System.Text.Encoding.UTF8.GetByteCount(text);
        var start = Position;
        var headed = length switch
        {
            < 32 => TryByte((byte)(0xA0 | length)),
            <= byte.MaxValue => TryHead8(0xD9, (byte)length),
            <= ushort.MaxValue => TryHead16(0xDA, (ushort)length),
            _ => false,
        };
        if (headed && _buffer.Length - Position >= length)
        {
            Utf8.FromUtf16(text, _buffer[Position..], out _, out var written);
            Position += written;
            return true;
        }

        Position = start;
        return false;
    }

    /// <summary>Most strings: those whose head is one byte, written before it is known whether it is.</summary>
    private bool TryShortString(string text)
    {
        if (_buffer.Length <= Position
            || Utf8.FromUtf16(text, _buffer[(Position + 1)..], out _, out var written) != System.Buffers.OperationStatus.Done || written >= 32)
            return false;
        _buffer[Position] = (byte)(0xA0 | written);
        Position += 1 + written;
        return true;
    }

    /// <summary>bin 8 0xc4, bin 16 0xc5, bin 32 0xc6.</summary>
    public bool TryBinary(scoped ReadOnlySpan<byte> bytes)
    {
        var start = Position;
        if (TryBinaryHead(bytes.Length) && TryRaw(bytes))
            return true;
        Position = start;
        return false;
    }

    /// <summary>The head of a binary whose bytes the caller puts behind it.</summary>
    public bool TryBinaryHead(int length) => length switch
    {
        <= byte.MaxValue => TryHead8(0xC4, (byte)length),
        <= ushort.MaxValue => TryHead16(0xC5, (ushort)length),
        _ => TryHead32(0xC6, (uint)length),
    };

    /// <summary>Bytes that are MessagePack already.</summary>
    public bool TryRaw(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_buffer[Position..]))
            return false;
        Position += bytes.Length;
        return true;
    }

    private bool TryByte(byte value)
    {
        if (Position >= _buffer.Length)
            return false;
        _buffer[Position++] = value;
        return true;
    }

    private bool TryHead8(byte code, byte value)
    {
        if (_buffer.Length - Position < 2)
            return false;
        _buffer[Position] = code;
        _buffer[Position + 1] = value;
        Position += 2;
        return true;
    }

    private bool TryHead16(byte code, ushort value)
    {
        if (_buffer.Length - Position < 3)
            return false;
        _buffer[Position] = code;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(Position + 1)..], value);
        Position += 3;
        return true;
    }

    private bool TryHead32(byte code, uint value)
    {
        if (_buffer.Length - Position < 5)
            return false;
        _buffer[Position] = code;
        BinaryPrimitives.WriteUInt32BigEndian(_buffer[(Position + 1)..], value);
        Position += 5;
        return true;
    }

    private bool TryUInt64(ulong value)
    {
        if (_buffer.Length - Position < 9)
            return false;
        _buffer[Position] = 0xCF;
        BinaryPrimitives.WriteUInt64BigEndian(_buffer[(Position + 1)..], value);
        Position += 9;
        return true;
    }
}
