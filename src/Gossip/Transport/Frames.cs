using System.Buffers;
using System.Buffers.Binary;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>What lies at the front of what a stream has brought so far.</summary>
internal enum FrameRead
{
    /// <summary>A whole frame.</summary>
    Whole,

    /// <summary>Less than a frame.</summary>
    Partial,

    /// <summary>Nothing that this protocol sends: an empty frame, or one over the limit.</summary>
    Bad,
}

/// <summary>
/// The grammar of a stream:
/// <code>
/// stream = frame*
/// frame  = length:u32 (big endian, 1 to <see cref="Limits.StreamFrameSize"/>) packet:length bytes
/// </code>
/// </summary>
internal static class Frames
{
    public const int HeaderSize = 4;

    public static void Write(Span<byte> destination, ReadOnlySpan<byte> packet)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)packet.Length);
        packet.CopyTo(destination[HeaderSize..]);
    }

    /// <summary>The length that the frame at the front of the buffer claims, in bytes of its packet; 0 while it is not known.</summary>
    public static long Claimed(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderSize)
            return 0;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        return BinaryPrimitives.ReadUInt32BigEndian(header);
    }

    /// <summary>Takes a frame off the front of the buffer.</summary>
    public static FrameRead Read(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> packet)
    {
        packet = default;
        if (buffer.Length < HeaderSize)
            return FrameRead.Partial;
        var length = Claimed(buffer);
        if (length is 0 or > Limits.StreamFrameSize)
            return FrameRead.Bad;
        if (buffer.Length < HeaderSize + length)
            return FrameRead.Partial;
        packet = buffer.Slice(HeaderSize, length);
        buffer = buffer.Slice(packet.End);
        return FrameRead.Whole;
    }
}
