using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using MessagePack;

namespace Gossip.Protocol;

/// <summary>
/// A cursor over a span that writes MessagePack with the package's primitives, always in the shortest form. Every method returns false and
/// leaves the position alone when the value does not fit, so a packet is filled by trying. Bytes behind the position are undefined.
/// </summary>
internal ref struct MessagePackWriter
{
    private readonly Span<byte> _buffer;

    public MessagePackWriter(Span<byte> buffer) => _buffer = buffer;

    public int Position { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Position];

    private readonly Span<byte> Rest => _buffer[Position..];

    public bool TryNil() => Step(MessagePackPrimitives.TryWriteNil(Rest, out var size), size);

    public bool TryArray(int count) => Step(MessagePackPrimitives.TryWriteArrayHeader(Rest, (uint)count, out var size), size);

    public bool TryMap(int count) => Step(MessagePackPrimitives.TryWriteMapHeader(Rest, (uint)count, out var size), size);

    public bool TryUInt(ulong value) => Step(MessagePackPrimitives.TryWrite(Rest, value, out var size), size);

    /// <summary>uint 32 in its long form whatever the value, so that its place is known.</summary>
    public bool TryUInt32Wide(uint value) => Step(MessagePackPrimitives.TryWriteUInt32(Rest, value, out var size), size);

    public bool TryString(string text)
    {
        var size = Put(text, Rest);
        Position += size;
        return size > 0;
    }

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
    public bool TryBinaryHead(int length) => Step(MessagePackPrimitives.TryWriteBinHeader(Rest, (uint)length, out var size), size);

    /// <summary>Bytes that are MessagePack already.</summary>
    public bool TryRaw(scoped ReadOnlySpan<byte> bytes) => Step(bytes.TryCopyTo(Rest), bytes.Length);

    /// <summary>
    /// Writes a whole text and returns its size, or 0 if it does not fit. Not inlined: the framework's code here would use up the caller's
    /// inlining budget, and the caller's position would then be in memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Put(string text, Span<byte> place)
    {
        // Most texts are short and ASCII: a head of one byte, and a byte for each character.
        if (text.Length <= MessagePackRange.MaxFixStringLength && text.Length < place.Length
            && Ascii.FromUtf16(text, place[1..], out _) == OperationStatus.Done)
        {
            place[0] = (byte)(MessagePackCode.MinFixStr | text.Length);
            return 1 + text.Length;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        if (!MessagePackPrimitives.TryWriteStringHeader(place, (uint)length, out var head) || length > place.Length - head)
            return 0;
        return head + Encoding.UTF8.GetBytes(text, place[head..]);
    }

    private bool Step(bool fits, int size)
    {
        if (fits)
            Position += size;
        return fits;
    }
}
