using System.Buffers.Binary;
using System.Text;

namespace Gossip.Protocol;

/// <summary>
/// Reads MessagePack from foreign bytes. Every method returns false on bytes that are not the value asked for, and never throws;
/// after a false the reader is of no further use.
/// </summary>
internal ref struct MessagePackReader
{
    private readonly ReadOnlySpan<byte> _bytes;

    public MessagePackReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position >= _bytes.Length;

    public readonly ReadOnlySpan<byte> Rest => _bytes[Position..];

    /// <summary>fixarray 0x90–0x9f, array 16 0xdc, array 32 0xdd. A count that the rest cannot hold is refused.</summary>
    public bool TryArray(out int count) => TryCount(0x90, 0xDC, 0xDD, 1, out count);

    /// <summary>fixmap 0x80–0x8f, map 16 0xde, map 32 0xdf. A count that the rest cannot hold is refused.</summary>
    public bool TryMap(out int count) => TryCount(0x80, 0xDE, 0xDF, 2, out count);

    /// <summary>Any unsigned integer form.</summary>
    public bool TryUInt(out ulong value)
    {
        value = 0;
        if (!TryByte(out var code))
            return false;
        if (code < 0x80)
        {
            value = code;
            return true;
        }

        return code is >= 0xCC and <= 0xCF && TryBigEndian(1 << (code - 0xCC), out value);
    }

    public bool TryUInt32(out uint value)
    {
        var read = TryUInt(out var wide) && wide <= uint.MaxValue;
        value = read ? (uint)wide : 0;
        return read;
    }

    public bool TryByteValue(out byte value)
    {
        var read = TryUInt(out var wide) && wide <= byte.MaxValue;
        value = read ? (byte)wide : (byte)0;
        return read;
    }

    /// <summary>nil, if it is next; the position stays when it is not.</summary>
    public bool TryNil()
    {
        if (IsAtEnd || _bytes[Position] != 0xC0)
            return false;
        Position++;
        return true;
    }

    /// <summary>A string of at most <paramref name="maxBytes"/> bytes of valid UTF-8.</summary>
    public bool TryString(int maxBytes, out string text)
    {
        var read = TryUtf8(maxBytes, out var utf8);
        text = read ? Encoding.UTF8.GetString(utf8) : "";
        return read;
    }

    /// <summary>A string that others may share.</summary>
    public bool TryString(int maxBytes, Texts? texts, out string text)
    {
        if (texts is null)
            return TryString(maxBytes, out text);
        var read = TryUtf8(maxBytes, out var utf8);
        text = read ? texts.Of(utf8) : "";
        return read;
    }

    /// <summary>The bytes of a string of at most <paramref name="maxBytes"/> bytes of valid UTF-8.</summary>
    public bool TryUtf8(int maxBytes, out ReadOnlySpan<byte> utf8)
    {
        utf8 = default;
        if (!TryByte(out var code))
            return false;
        ulong length = (ulong)(code & 0x1F);
        if ((code & 0xE0) != 0xA0 && !(code is >= 0xD9 and <= 0xDB && TryBigEndian(1 << (code - 0xD9), out length)))
            return false;
        return length <= (ulong)maxBytes && TryTake(length, out utf8) && System.Text.Unicode.Utf8.IsValid(utf8);
    }

    /// <summary>A binary: bin 8 0xc4, bin 16 0xc5, bin 32 0xc6.</summary>
    public bool TryBinary(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryByte(out var code) && code is >= 0xC4 and <= 0xC6 && TryBigEndian(1 << (code - 0xC4), out var length) && TryTake(length, out bytes);
    }

    /// <summary>Steps over one value of any type and returns its bytes.</summary>
    public bool TrySkip(out ReadOnlySpan<byte> skipped)
    {
        var start = Position;
        skipped = default;
        if (!TrySkipNested(Limits.Nesting))
            return false;
        skipped = _bytes[start..Position];
        return true;
    }

    /// <summary>Steps over <paramref name="count"/> values: the trailing elements of a later version.</summary>
    public bool TrySkip(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!TrySkipNested(Limits.Nesting))
                return false;
        }

        return true;
    }

    private bool TrySkipNested(int depth)
    {
        if (depth == 0 || !TryByte(out var code))
            return false;
        switch (code)
        {
            case < 0x80 or >= 0xE0 or 0xC0 or 0xC2 or 0xC3:
                return true;
            case < 0x90 or 0xDE or 0xDF:
                Position--;
                return TryMap(out var pairs) && TrySkipAll(2 * (long)pairs, depth - 1);
            case < 0xA0 or 0xDC or 0xDD:
                Position--;
                return TryArray(out var items) && TrySkipAll(items, depth - 1);
            case < 0xC0:
                return TryTake((ulong)(code & 0x1F), out _);
            case 0xC1:
                return false;
            case <= 0xC6:
                return TryBigEndian(1 << (code - 0xC4), out var binary) && TryTake(binary, out _);
            case <= 0xC9:
                return TryBigEndian(1 << (code - 0xC7), out var extension) && TryTake(extension + 1, out _);
            case 0xCA:
                return TryTake(4, out _);
            case 0xCB:
                return TryTake(8, out _);
            case <= 0xCF:
                return TryTake(1UL << (code - 0xCC), out _);
            case <= 0xD3:
                return TryTake(1UL << (code - 0xD0), out _);
            case <= 0xD8:
                return TryTake(1 + (1UL << (code - 0xD4)), out _);
            default:
                return TryBigEndian(1 << (code - 0xD9), out var text) && TryTake(text, out _);
        }
    }

    private bool TrySkipAll(long count, int depth)
    {
        for (var i = 0L; i < count; i++)
        {
            if (!TrySkipNested(depth))
                return false;
        }

        return true;
    }

    private bool TryCount(byte fix, byte code16, byte code32, int least, out int count)
    {
        count = 0;
        if (!TryByte(out var code))
            return false;
        ulong wide = (ulong)(code & 0x0F);
        if ((code & 0xF0) != fix && !(code == code16 && TryBigEndian(2, out wide)) && !(code == code32 && TryBigEndian(4, out wide)))
            return false;
        if (wide * (ulong)least > (ulong)(_bytes.Length - Position))
            return false;
        count = (int)wide;
        return true;
    }

    private bool TryByte(out byte value)
    {
        if (Position >= _bytes.Length)
        {
            value = 0;
            return false;
        }

        value = _bytes[Position++];
        return true;
    }

    private bool TryBigEndian(int size, out ulong value)
    {
        value = 0;
        if (!TryTake((ulong)size, out var bytes))
            return false;
        value = size switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        };
        return true;
    }

    private bool TryTake(ulong length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (ulong)(_bytes.Length - Position))
            return false;
        taken = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }
}
