using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Packets as a stranger or another version would write them: a second writer of the frame, so that the simulation does not trust the
/// protocol's own. In the clear only: [version, cluster, 0, crc32c] and the messages behind it.
/// </summary>
internal static class Wire
{
    private const int HeadSize = 13;

    /// <summary>A frame around messages.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> body, string cluster = "default")
    {
        var frame = new byte[HeadSize + body.Length];
        frame[0] = 0x94;
        frame[1] = Node.FormatVersion;
        frame[2] = 0xCE;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(3), (uint)StableHash.Of(cluster));
        frame[7] = 0;
        frame[8] = 0xCE;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(9), Checksum(body));
        body.CopyTo(frame.AsSpan(HeadSize));
        return frame;
    }

    /// <summary>
    /// A MessagePack array of numbers (ulong), texts (string), binaries (byte[]), arrays (object[]), and values that are encoded already.
    /// </summary>
    public static byte[] Message(params ReadOnlySpan<object> fields)
    {
        var bytes = new List<byte> { (byte)(0x90 | fields.Length) };
        foreach (var field in fields)
            Add(bytes, field);
        return [.. bytes];
    }

    /// <summary>An address as it travels: address and port, in network order.</summary>
    public static byte[] Address(PeerAddress address)
    {
        Span<byte> buffer = stackalloc byte[18];
        var length = address.WriteBytes(buffer);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[length..], address.Port);
        return buffer[..(length + 2)].ToArray();
    }

    /// <summary>
    /// The packet as a later version would write it: each message but those with nested arrays of fixed length has elements after the known
    /// ones, and a message of an unknown type follows. A packet that would grow too large stays as it is.
    /// </summary>
    public static byte[] AsLaterVersion(byte[] packet)
    {
        if (packet.Length <= HeadSize || packet[0] != 0x94 || packet[7] != 0)
            return packet;
        var body = new List<byte>();
        var rest = packet.AsSpan(HeadSize);
        while (rest.Length > 0)
        {
            var length = Skip(rest);
            if (length <= 0 || (rest[0] & 0xF0) != 0x90 || (rest[0] & 0x0F) > 12)
                return packet;
            body.Add((byte)(rest[0] + 2));
            body.AddRange(rest[1..length]);
            body.AddRange("later"u8.ToArray().Prepend((byte)0xA5));
            body.Add(0xC0);
            rest = rest[length..];
        }

        body.AddRange(Message(99UL, "unknown", 7UL));
        var limit = packet.Length <= Limits.DatagramSize ? Limits.DatagramSize : Limits.StreamFrameSize;
        return HeadSize + body.Count > limit ? packet : Frame(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(body));
    }

    /// <summary>How many bytes the MessagePack value at the head takes; 0 or less for none.</summary>
    private static int Skip(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        for (long values = 1; values > 0; values--)
        {
            if (at >= bytes.Length)
                return 0;
            var (size, nested) = Measure(bytes[at..]);
            at += size;
            values += nested;
        }

        return at > bytes.Length ? 0 : at;
    }

    private static (int Size, long Nested) Measure(ReadOnlySpan<byte> bytes)
    {
        var first = bytes[0];
        return first switch
        {
            < 0x80 or >= 0xE0 or 0xC0 or 0xC2 or 0xC3 => (1, 0),
            < 0x90 => (1, 2 * (first & 0x0F)),
            < 0xA0 => (1, first & 0x0F),
            < 0xC0 => (1 + (first & 0x1F), 0),
            0xC4 or 0xD9 => (2 + bytes[1], 0),
            0xC5 or 0xDA => (3 + BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), 0),
            0xC6 or 0xDB => (5 + (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]), 0),
            0xCC or 0xD0 => (2, 0),
            0xCD or 0xD1 => (3, 0),
            0xCE or 0xD2 or 0xCA => (5, 0),
            0xCF or 0xD3 or 0xCB => (9, 0),
            0xDC => (3, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])),
            0xDE => (3, 2 * BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])),
            0xDD => (5, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..])),
            _ => (bytes.Length + 1, 0),
        };
    }

    private static void Add(List<byte> bytes, object field)
    {
        Span<byte> buffer = stackalloc byte[9];
        switch (field)
        {
            case ulong number when number < 0x80:
                bytes.Add((byte)number);
                break;
            case ulong number:
                buffer[0] = 0xCF;
                BinaryPrimitives.WriteUInt64BigEndian(buffer[1..], number);
                bytes.AddRange(buffer);
                break;
            case string text:
                AddLong(bytes, 0xDA, Encoding.UTF8.GetBytes(text));
                break;
            case ReadOnlyMemory<byte> encoded:
                bytes.AddRange(encoded.Span);
                break;
            case object[] array:
                bytes.AddRange([0xDC, (byte)(array.Length >> 8), (byte)array.Length]);
                foreach (var one in array)
                    Add(bytes, one);
                break;
            case byte[] binary:
                AddLong(bytes, 0xC5, binary);
                break;
        }
    }

    private static void AddLong(List<byte> bytes, byte type, byte[] content)
    {
        bytes.AddRange([type, (byte)(content.Length >> 8), (byte)content.Length]);
        bytes.AddRange(content);
    }

    private static uint Checksum(ReadOnlySpan<byte> body)
    {
        var crc = uint.MaxValue;
        foreach (var one in body)
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
