using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Gossip.Protocol;

/// <summary>
/// Reads MessagePack from foreign bytes. Every method returns false on bytes that are not the value asked for, and never throws;
/// after a false the reader is of no further use.
/// </summary>
/// <remarks>
/// What most messages are made of is inlined by order: one call that takes the reader by reference keeps its position in memory, and a field
/// then costs twice as much.
/// </remarks>
internal ref struct MessagePackReader
{
    private readonly ReadOnlySpan<byte> _bytes;

    public MessagePackReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The bytes that a value takes, by its first byte; 0 where that does not tell, and for 0xc1, which is no value.</summary>
    private static ReadOnlySpan<byte> Sizes =>
    [
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
        1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9,
        2, 3, 5, 9, 3, 4, 6, 10, 18, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ];

    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position >= _bytes.Length;

    public readonly ReadOnlySpan<byte> Rest
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _bytes[Position..];
    }

    /// <summary>fixarray 0x90–0x9f, array 16 0xdc, array 32 0xdd. A count that the rest cannot hold is refused.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryArray(out int count) => TryCount(0x90, 0xDC, 1, out count);

    /// <summary>fixmap 0x80–0x8f, map 16 0xde, map 32 0xdf. A count that the rest cannot hold is refused.</summary>
    public bool TryMap(out int count) => TryCount(0x80, 0xDE, 2, out count);

    /// <summary>Any unsigned integer form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryUInt(out ulong value)
    {
        value = 0;
        if (!TryByte(out var code))
            return false;
        value = code;
        if (code < 0x80)
            return true;
        // A branch tells the size of most, and it is guessed ahead; a calculated size would have to be waited for.
        if (code == 0xCF)
            return TryBigEndian(8, out value);
        if (code == 0xCE)
            return TryBigEndian(4, out value);
        return code is 0xCC or 0xCD && TryBigEndian(code - 0xCB, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryUInt32(out uint value)
    {
        var read = TryUInt(out var wide) && wide <= uint.MaxValue;
        value = read ? (uint)wide : 0;
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
    public bool TryUtf8(int maxBytes, out ReadOnlySpan<byte> utf8) => TryText(maxBytes, out utf8) && System.Text.Unicode.Utf8.IsValid(utf8);

    /// <summary>The bytes of a string of at most <paramref name="maxBytes"/> bytes, valid UTF-8 or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryText(int maxBytes, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryByte(out var code))
            return false;
        ulong length = (ulong)(code & 0x1F);
        if ((code & 0xE0) != 0xA0 && !(code is >= 0xD9 and <= 0xDB && TryBigEndian(1 << (code - 0xD9), out length)))
            return false;
        return length <= (ulong)maxBytes && TryTake(length, out bytes);
    }

    /// <summary>A binary: bin 8 0xc4, bin 16 0xc5, bin 32 0xc6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBinary(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryByte(out var code)
            && code is >= 0xC4 and <= 0xC6
            && (code == 0xC4 ? TryBigEndian(1, out var length) : TryBigEndian(2 << (code - 0xC5), out length)) && TryTake(length, out bytes);
    }

    /// <summary>Steps over one value of any type and returns its bytes; the position stays where there is no whole one.</summary>
    public bool TrySkip(out ReadOnlySpan<byte> skipped)
    {
        var start = Position;
        var whole = TrySkip(1);
        if (!whole)
            Position = start;
        skipped = _bytes[start..Position];
        return whole;
    }

    /// <summary>Steps over <paramref name="count"/> values: the trailing elements of a later version.</summary>
    public bool TrySkip(int count) => TrySkipAll(count, Limits.Nesting);

    /// <summary>Steps over values whose containers may lie in each other <paramref name="depth"/> − 1 deep.</summary>
    private bool TrySkipAll(long count, int depth)
    {
        var bytes = _bytes;
        var position = Position;
        for (; count > 0; count--)
        {
            if (depth == 0 || (uint)position >= (uint)bytes.Length)
                return false;
            var size = Sizes[bytes[position]];
            position += size;
            if (size > 0)
                continue;
            Position = position;
            if (!TrySkipVariable(depth))
                return false;
            position = Position;
        }

        Position = position;
        return position <= bytes.Length;
    }

    /// <summary>Steps over a value whose first byte does not tell its size.</summary>
    private bool TrySkipVariable(int depth)
    {
        var code = _bytes[Position];
        if (code is < 0x90 or 0xDE or 0xDF)
            return TryMap(out var pairs) && TrySkipAll(2 * (long)pairs, depth - 1);
        if (code is < 0xA0 or 0xDC or 0xDD)
            return TryArray(out var items) && TrySkipAll(items, depth - 1);
        Position++;
        return code switch
        {
            >= 0xC4 and <= 0xC6 => TryBigEndian(1 << (code - 0xC4), out var binary) && TryTake(binary, out _),
            >= 0xC7 and <= 0xC9 => TryBigEndian(1 << (code - 0xC7), out var extension) && TryTake(extension + 1, out _),
            >= 0xD9 and <= 0xDB => TryBigEndian(1 << (code - 0xD9), out var text) && TryTake(text, out _),
            _ => false,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryCount(byte fix, byte code16, int least, out int count)
    {
        count = 0;
        if (!TryByte(out var code))
            return false;
        ulong wide = (ulong)(code & 0x0F);
        if ((code & 0xF0) != fix && !((code & 0xFE) == code16 && TryBigEndian(2 << (code - code16), out wide)))
            return false;
        if (wide * (ulong)least > (ulong)(_bytes.Length - Position))
            return false;
        count = (int)wide;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryByte(out byte value)
    {
        value = 0;
        if ((uint)Position >= (uint)_bytes.Length)
            return false;
        value = _bytes[Position++];
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryBigEndian(int size, out ulong value)
    {
        value = 0;
        var rest = Rest;
        if (rest.Length < size)
            return false;
        value = size switch
        {
            1 => rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest),
            4 => BinaryPrimitives.ReadUInt32BigEndian(rest),
            _ => BinaryPrimitives.ReadUInt64BigEndian(rest),
        };
        Position += size;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
