using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace Gossip.Protocol;

/// <summary>
/// Writes MessagePack (msgpack.org specification) into a span, always in the shortest form. Every method returns false and leaves the
/// position alone when the value does not fit, so a packet is filled by trying. What stands behind the position is of no worth.
/// </summary>
internal ref struct MessagePackWriter
{
    private readonly Span<byte> _buffer;

    public MessagePackWriter(Span<byte> buffer) => _buffer = buffer;

    public int Position { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Position];

    private readonly Span<byte> Rest => _buffer[Position..];

    /// <summary>nil: 0xc0.</summary>
    public bool TryNil() => TryByte(0xC0);

    /// <summary>fixarray 0x90–0x9f, array 16 0xdc, array 32 0xdd.</summary>
    public bool TryArray(int count) => count < 16 ? TryByte((byte)(0x90 | count)) : TryHead(0xDB, Math.Max(1, ScaleOf((uint)count)), (uint)count);

    /// <summary>fixmap 0x80–0x8f, map 16 0xde, map 32 0xdf.</summary>
    public bool TryMap(int count) => count < 16 ? TryByte((byte)(0x80 | count)) : TryHead(0xDD, Math.Max(1, ScaleOf((uint)count)), (uint)count);

    /// <summary>positive fixint 0x00–0x7f, uint 8 0xcc, uint 16 0xcd, uint 32 0xce, uint 64 0xcf.</summary>
    public bool TryUInt(ulong value) => value < 128 ? TryByte((byte)value) : TryHead(0xCC, ScaleOf(value), value);

    /// <summary>uint 32 in its long form whatever the value, so that its place is known.</summary>
    public bool TryUInt32Wide(uint value) => TryHead(0xCC, 2, value);

    /// <summary>fixstr 0xa0–0xbf, str 8 0xd9, str 16 0xda.</summary>
    public bool TryString(string text)
    {
        var size = Put(text, Rest);
        Position += size;
        return size > 0;
    }

    /// <summary>bin 8 0xc4, bin 16 0xc5, bin 32 0xc6.</summary>
    public bool TryBinary(scoped ReadOnlySpan<byte> bytes)
    {
        var fits = TryBinary(bytes.Length, out var place);
        bytes[..place.Length].CopyTo(place);
        return fits;
    }

    /// <summary>A binary whose bytes the caller puts into <paramref name="place"/>.</summary>
    public bool TryBinary(int length, out Span<byte> place)
    {
        var start = Position;
        if (TryBinaryHead(length) && length <= _buffer.Length - Position)
        {
            place = _buffer.Slice(Position, length);
            Position += length;
            return true;
        }

        place = default;
        Position = start;
        return false;
    }

    /// <summary>The head of a binary whose bytes the caller puts behind it.</summary>
    public bool TryBinaryHead(int length) => TryHead(0xC4, ScaleOf((uint)length), (uint)length);

    /// <summary>Bytes that are MessagePack already.</summary>
    public bool TryRaw(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(Rest))
            return false;
        Position += bytes.Length;
        return true;
    }

    /// <summary>
    /// Writes a text whole and says what it takes, or 0 if it does not fit. What the framework does here would use up all that a caller may
    /// inline, and then the caller's position would be in memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Put(string text, Span<byte> place)
    {
        // Most texts are short and plain: a head of one byte, and a byte for each letter.
        if (text.Length >= 32 || text.Length >= place.Length || System.Text.Ascii.FromUtf16(text, place[1..], out _) != OperationStatus.Done)
            return PutAny(text, place);
        place[0] = (byte)(0xA0 | text.Length);
        return 1 + text.Length;
    }

    private static int PutAny(string text, Span<byte> place)
    {
        var length = System.Text.Encoding.UTF8.GetByteCount(text);
        var writer = new MessagePackWriter(place);
        if (length > ushort.MaxValue || !(length < 32 ? writer.TryByte((byte)(0xA0 | length)) : writer.TryHead(0xD9, ScaleOf((uint)length), (uint)length))
            || writer.Rest.Length < length)
            return 0;
        Utf8.FromUtf16(text, writer.Rest, out _, out _);
        return writer.Position + length;
    }

    /// <summary>How often one byte is doubled to hold a value.</summary>
    private static int ScaleOf(ulong value) => value <= ushort.MaxValue ? (value <= byte.MaxValue ? 0 : 1) : (value <= uint.MaxValue ? 2 : 3);

    private bool TryByte(byte value)
    {
        if ((uint)Position >= (uint)_buffer.Length)
            return false;
        _buffer[Position++] = value;
        return true;
    }

    /// <summary>A code, the lowest of those of its kind plus the scale, and a value of 1, 2, 4 or 8 bytes.</summary>
    private bool TryHead(byte lowest, int scale, ulong value)
    {
        var place = Rest;
        var size = 1 << scale;
        if (place.Length <= size)
            return false;
        place[0] = (byte)(lowest + scale);
        // Far from the end, as most values are, one writing does for every size.
        if (place.Length > sizeof(ulong))
            BinaryPrimitives.WriteUInt64BigEndian(place[1..], value << (64 - (8 * size)));
        else
            PutLast(value, place.Slice(1, size));
        Position += 1 + size;
        return true;
    }

    private static void PutLast(ulong value, Span<byte> place)
    {
        for (var i = place.Length - 1; i >= 0; i--)
        {
            place[i] = (byte)value;
            value >>= 8;
        }
    }
}
