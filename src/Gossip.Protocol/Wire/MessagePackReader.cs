using System.Runtime.CompilerServices;
using System.Text;
using MessagePack;
using static MessagePack.MessagePackPrimitives;

namespace Gossip.Protocol;

/// <summary>
/// A cursor over foreign bytes that reads MessagePack with the package's primitives. Every method returns false on bytes that are not the
/// value asked for, and never throws; after a false the cursor must not be used. The package reads heads; this type decides how much they
/// may promise, how deep they may nest, and whether a text is valid.
/// </summary>
/// <remarks>
/// The methods for the most frequent types are marked for inlining: a single call that takes the cursor by reference keeps its position in
/// memory, and a field then costs twice as much.
/// </remarks>
internal ref struct MessagePackReader
{
    private readonly ReadOnlySpan<byte> _bytes;

    public MessagePackReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position >= _bytes.Length;

    public readonly ReadOnlySpan<byte> Rest
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _bytes[Position..];
    }

    /// <summary>The head of an array. A count that the rest cannot hold is refused.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryArray(out int count) => TryCount(TryReadArrayHeader(Rest, out var wide, out var size), wide, 1, size, out count);

    /// <summary>The head of a map. A count that the rest cannot hold is refused.</summary>
    public bool TryMap(out int count) => TryCount(TryReadMapHeader(Rest, out var wide, out var size), wide, 2, size, out count);

    /// <summary>
    /// Any unsigned integer form. The code is checked first: the package throws on a negative number, and accepts a positive one in a
    /// signed form.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryUInt(out ulong value)
    {
        value = 0;
        var rest = Rest;
        return !rest.IsEmpty && rest[0] is <= MessagePackCode.MaxFixInt or (>= MessagePackCode.UInt8 and <= MessagePackCode.UInt64)
            && TryReadUInt64(rest, out value, out var size) == DecodeResult.Success && Step(size);
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

    /// <summary>nil, if it is next; otherwise the position stays.</summary>
    public bool TryNil() => TryReadNil(Rest, out var size) == DecodeResult.Success && Step(size);

    /// <summary>A string of at most <paramref name="maxBytes"/> bytes of valid UTF-8.</summary>
    public bool TryString(int maxBytes, out string text)
    {
        var read = TryUtf8(maxBytes, out var utf8);
        text = read ? Encoding.UTF8.GetString(utf8) : "";
        return read;
    }

    /// <summary>A string that may be shared.</summary>
    public bool TryString(int maxBytes, StringPool? texts, out string text)
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
        return TryReadStringHeader(Rest, out var length, out var size) == DecodeResult.Success && length <= (uint)maxBytes
            && Step(size) && TryTake(length, out bytes);
    }

    /// <summary>A binary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryBinary(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadBinHeader(Rest, out var length, out var size) == DecodeResult.Success && Step(size) && TryTake(length, out bytes);
    }

    /// <summary>Steps over one value of any type and returns its bytes; the position stays when there is no whole one.</summary>
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
        for (; count > 0; count--)
        {
            if (depth == 0 || IsAtEnd || !TrySkipOne(_bytes[Position], depth))
                return false;
        }

        return true;
    }

    private bool TrySkipOne(byte code, int depth) => MessagePackCode.ToMessagePackType(code) switch
    {
        MessagePackType.Array => TryArray(out var items) && TrySkipAll(items, depth - 1),
        MessagePackType.Map => TryMap(out var pairs) && TrySkipAll(2 * (long)pairs, depth - 1),
        MessagePackType.String => TryText(int.MaxValue, out _),
        MessagePackType.Binary => TryBinary(out _),
        MessagePackType.Extension => TryReadExtensionHeader(Rest, out var head, out var size) == DecodeResult.Success
            && Step(size) && TryTake(head.Length, out _),
        MessagePackType.Unknown => false,
        _ => TryTake(SizeOf(code), out _),
    };

    /// <summary>The bytes of a number, a boolean or nil.</summary>
    private static uint SizeOf(byte code) => code switch
    {
        MessagePackCode.UInt8 or MessagePackCode.Int8 => 2,
        MessagePackCode.UInt16 or MessagePackCode.Int16 => 3,
        MessagePackCode.UInt32 or MessagePackCode.Int32 or MessagePackCode.Float32 => 5,
        MessagePackCode.UInt64 or MessagePackCode.Int64 or MessagePackCode.Float64 => 9,
        _ => 1,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryCount(DecodeResult result, uint wide, int least, int size, out int count)
    {
        count = 0;
        if (result != DecodeResult.Success || wide * (ulong)least > (ulong)(_bytes.Length - Position - size))
            return false;
        count = (int)wide;
        return Step(size);
    }

    /// <summary>Moves the cursor behind a head that was read whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Step(int size)
    {
        Position += size;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(uint length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (uint)(_bytes.Length - Position))
            return false;
        taken = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }
}
