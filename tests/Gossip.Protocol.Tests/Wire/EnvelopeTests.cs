using System.Runtime.CompilerServices;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>A frame is opened by whom it is meant for, or refused for a reason that says why.</summary>
public sealed class EnvelopeTests
{
    private static readonly byte[] Body = [0x92, 0x04, 0x07, 0x92, 0x04, 0x08];
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];
    private static readonly byte[] OtherKey = [.. Key.Reverse()];

    public static TheoryData<object, byte[]> Refused => new()
    {
        { DropReason.Malformed, [] },
        { DropReason.Malformed, [0x93, 0x01, 0xCE, 0, 0, 0, 0, 0x00] },
        { DropReason.Malformed, "GET / HTTP/1.1"u8.ToArray() },
        { DropReason.FutureVersion, [0x91 + 3, 0x03, 0xA1, 0x78, 0xC0, 0xC0] },
        { DropReason.ForeignCluster, Frame("other", null) },
        { DropReason.ForeignCluster, Frame("other", Key) },
        { DropReason.UnknownKey, Frame("default", Key) },
        { DropReason.Corrupt, Changed(Frame("default", null), 13) },
        { DropReason.Corrupt, Changed(Frame("default", null), 9) },
        { DropReason.Corrupt, [.. Frame("default", null), 0x01] },
        { DropReason.Oversized, new byte[Limits.StreamFrameSize + 1] },
    };

    public static TheoryData<object, byte[]> RefusedWithKey => new()
    {
        { DropReason.Unsealed, Frame("default", null) },
        { DropReason.UnknownKey, Frame("default", OtherKey) },
        { DropReason.ForeignCluster, Frame("other", Key) },
        { DropReason.BadSeal, Changed(Frame("default", Key), ^1) },
        { DropReason.Malformed, Frame("default", Key)[..^20] },
        { DropReason.Malformed, [.. Frame("default", Key), 0x00] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_node_in_the_clear_counts_why_it_refuses(object reason, byte[] frame) => AssertRefused((DropReason)reason, frame, null);

    [Theory]
    [MemberData(nameof(RefusedWithKey))]
    public void A_node_with_a_key_counts_why_it_refuses(object reason, byte[] frame) => AssertRefused((DropReason)reason, frame, Key);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1150)]
    [InlineData(70_000)]
    public void What_was_closed_is_opened_in_the_clear_and_sealed(int length)
    {
        var body = Sample.Bytes(new Randomness(1), length);
        foreach (var key in new[] { null, Key })
        {
            var envelope = Envelopes.Make("default", key, 2);
            var frame = Foreign.FrameOf(envelope, body);
            Assert.True(envelope.TryOpen(frame, out var opened, out _));
            Assert.Equal(body, opened.Body.ToArray());
            Assert.True(key is null || length < 8 || frame.AsSpan().IndexOf(body) < 0, "The body stands in a sealed frame in the clear.");
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(300)]
    public void A_sealed_frame_is_refused_whichever_bit_of_it_flips(int length)
    {
        var envelope = Envelopes.Make("default", Key, 2);
        var frame = Foreign.FrameOf(envelope, Sample.Bytes(new Randomness(3), length));
        for (var bit = 0; bit < 8 * frame.Length; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(envelope.TryOpen(frame, out _, out var reason));
            if (bit >= 8 * envelope.HeadSize)
                Assert.Equal(DropReason.BadSeal, reason);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(envelope.TryOpen(frame, out _, out _));
        for (var cut = 0; cut < frame.Length; cut++)
            Assert.False(envelope.TryOpen(frame.AsSpan(0, cut), out _, out _));
    }

    [Fact]
    public void Every_single_bit_of_a_body_in_the_clear_that_flips_is_noticed()
    {
        var frame = Foreign.FrameOf(Sample.Bytes(new Randomness(4), 1187));
        var envelope = Envelopes.Make("default", default, 2);
        for (var bit = 8 * envelope.HeadSize; bit < 8 * frame.Length; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(envelope.TryOpen(frame, out _, out var reason));
            Assert.Equal(DropReason.Corrupt, reason);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void The_checksum_is_the_one_that_others_call_crc_32c()
    {
        var frame = Foreign.FrameOf("123456789"u8);
        Assert.Equal("CEE3069283", Convert.ToHexString(frame.AsSpan(8, 5)));
    }

    [Fact]
    public void No_nonce_is_used_twice_not_even_when_the_counter_runs_out()
    {
        var envelope = Envelopes.Make("default", Key, 5);
        var seen = new HashSet<string>();
        NonceCounter(envelope) = uint.MaxValue - 5_000;
        for (var i = 0; i < 20_000; i++)
            Assert.True(seen.Add(NonceOf(Foreign.FrameOf(envelope, Body))));
        Assert.Equal(20_000, seen.Select(nonce => nonce[..16]).Distinct().Count());
    }

    /// <summary>
    /// A machine that is cloned, or restored twice from one snapshot: two processes with one state, counters and generators included. What
    /// the operating system gives them differs.
    /// </summary>
    [Fact]
    public void Two_that_go_on_from_one_state_share_no_nonce()
    {
        var one = Envelopes.Make("default", Key, 6);
        var other = Envelopes.Make("default", Key, 7);
        var seen = new HashSet<string>();
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal(NonceCounter(one), NonceCounter(other));
            Assert.True(seen.Add(NonceOf(Foreign.FrameOf(one, Body))) && seen.Add(NonceOf(Foreign.FrameOf(other, Body))));
        }
    }

    [Fact]
    public void A_head_in_the_clear_that_says_the_same_in_longer_forms_is_read()
    {
        var envelope = Envelopes.Make("default", default, 1);
        var frame = Foreign.FrameOf(envelope, Body);
        byte[] longer = [0xDC, 0, 4, 0xCC, Envelope.FormatVersion, 0xCF, 0, 0, 0, 0, .. frame[3..7], 0xCD, 0, 0, 0xCF, 0, 0, 0, 0, .. frame[9..13], .. Body];
        Assert.True(envelope.TryOpen(longer, out var opened, out _));
        Assert.Equal(Body, opened.Body.ToArray());
    }

    [Fact]
    public void A_head_with_elements_of_a_later_version_is_read_in_the_clear()
    {
        var frame = Frame("default", null);
        byte[] later = [0x96, .. frame[1..13], 0xC3, 0x81, 0xA1, 0x61, 0x01, .. frame[13..]];
        AssertOpens(later, null);
    }

    [Fact]
    public void A_head_with_elements_of_a_later_version_is_read_sealed_and_is_sealed_too()
    {
        var nonce = new byte[12];
        var head = new byte[64];
        var writer = new MessagePackWriter(head);
        Assert.True(writer.TryArray(6) && writer.TryUInt(Envelope.FormatVersion) && writer.TryUInt(Envelope.ClusterId("default")) && writer.TryUInt(SealingKey.IdOf(Key))
            && writer.TryBinary(nonce) && writer.TryUInt(0) && writer.TryString("later") && writer.TryBinaryHead(Body.Length + 16));
        var written = writer.Position;
        var (box, tag) = (new byte[Body.Length], new byte[16]);
        using var cipher = new System.Security.Cryptography.AesGcm(Key, 16);
        cipher.Encrypt(nonce, Body, box, tag, head.AsSpan(0, written));
        AssertOpens([.. head[..written], .. box, .. tag], Key);
        head[written - 4] ^= 1;
        AssertRefused(DropReason.BadSeal, [.. head[..written], .. box, .. tag], Key);
    }

    private static string NonceOf(byte[] frame) => Convert.ToHexString(frame.AsSpan(14, 12));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_nonceCounter")]
    private static extern ref uint NonceCounter(Envelope envelope);

    private static byte[] Frame(string cluster, byte[]? key)
    {
        var envelope = Envelopes.Make(cluster, key, 1);
        return Foreign.FrameOf(envelope, Body);
    }

    private static byte[] Changed(byte[] frame, Index at)
    {
        frame[at] ^= 1;
        return frame;
    }

    private static void AssertOpens(byte[] frame, byte[]? key)
    {
        var envelope = Envelopes.Make("default", key, 9);
        Assert.True(envelope.TryOpen(frame, out var opened, out var reason), reason.ToString());
        Assert.Equal(Body, opened.Body.ToArray());
    }

    private static void AssertRefused(DropReason reason, byte[] frame, byte[]? key)
    {
        using var node = new Node(Sample.Options() with { Key = key }, new Randomness(1), Instant.Start);
        var outbox = new Kept();
        node.Receive(Instant.Start, Sample.Options(2).Address, frame, Delivery.Datagram, outbox);
        Assert.Equal(1, node.Counters.Dropped(reason));
        Assert.Equal(1, Enum.GetValues<DropReason>().Sum(node.Counters.Dropped));
        Assert.Empty(outbox.Sent);
        Assert.Single(node.Members);
    }
}
