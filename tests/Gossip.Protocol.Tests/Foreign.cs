namespace Gossip.Protocol.Tests;

/// <summary>What other versions, and worse, might send.</summary>
internal static class Foreign
{
    /// <summary>A message with two more elements at its end; <paramref name="elements"/> is MessagePack of two values.</summary>
    public static byte[] Lengthened(ReadOnlySpan<byte> message, ReadOnlySpan<byte> elements)
    {
        Assert.InRange(message[0], 0x90, 0x9D);
        return [(byte)(message[0] + 2), .. message[1..], .. elements];
    }

    /// <summary>The body of a frame of the default cluster in the clear.</summary>
    public static byte[] BodyOf(ReadOnlySpan<byte> frame)
    {
        var envelope = Envelopes.Make("default", default, 1);
        Assert.True(envelope.TryOpen(frame, out var opened, out var reason), reason.ToString());
        return opened.Body.ToArray();
    }

    /// <summary>A frame of the default cluster in the clear around a body.</summary>
    public static byte[] FrameOf(ReadOnlySpan<byte> body)
    {
        var envelope = Envelopes.Make("default", default, 1);
        return FrameOf(envelope, body);
    }

    public static byte[] FrameOf(Envelope envelope, ReadOnlySpan<byte> body, Instant now = default)
    {
        var frame = new byte[envelope.HeadSize + body.Length + envelope.TailSize];
        body.CopyTo(frame.AsSpan(envelope.HeadSize));
        Assert.Equal(frame.Length, envelope.Close(frame, body.Length, now == default ? Instant.Start : now));
        return frame;
    }

    /// <summary>Whether a frame holds a message of a type.</summary>
    public static bool Holds(byte[] frame, MessageType wanted)
    {
        var reader = new PacketReader(BodyOf(frame));
        while (reader.TryNext(out var type, out _))
        {
            if (type == wanted)
                return true;
        }

        return false;
    }
}
