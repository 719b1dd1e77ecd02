using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using MessagePack;

namespace Gossip.Protocol;

/// <summary>
/// Puts a packet's body into a frame, and takes it out. The head is a MessagePack array in front of the messages:
/// <code>
///   in the clear  [version, cluster, 0, crc32c of the messages]             message message …
///   sealed        [version, cluster, key id, nonce (bin 12), second]            bin(AES-256-GCM of "message message …", 16-byte tag)
/// </code>
/// Everything in front of the sealed bytes is associated data, so a head cannot be changed or moved to another body. The nonce is 8 bytes
/// of the operating system, new for each frame, and a counter of 4 bytes: a machine that is cloned or restored from a snapshot goes on
/// with a counter that another has too, and repeats no nonce. The cheap checks (version, cluster, key id) stand in front of the cipher, and
/// never more than one key is tried, because a forged frame makes the framework throw, which is dear. The second is that of
/// <see cref="Freshness"/>.
/// </summary>
internal sealed class Envelope
{
    public const byte FormatVersion = 2;
    private const int NonceSize = 12;
    private const int NoncePrefixSize = 8;
    private const int ClearHead = 13;
    private const int SealedHead = 31;
    private const int BinaryHead = 5;

    private readonly RandomFill _fill;
    private readonly uint _cluster;
    private readonly Freshness _freshness;
    private readonly Keyring _keys;
    private uint _nonceCounter;
    private byte[] _scratch = [];

    /// <param name="cluster">The cluster's name.</param>
    /// <param name="keys">The cluster's keys; none for frames in the clear.</param>
    /// <param name="fill">Where nonces come from.</param>
    /// <param name="freshness">Which frames are fresh.</param>
    public Envelope(string cluster, Keyring keys, RandomFill fill, Freshness freshness)
    {
        (_keys, _fill, _freshness) = (keys, fill, freshness);
        _cluster = ClusterId(cluster);
    }

    /// <summary>Bytes in front of the body.</summary>
    public int HeadSize => _keys.IsEmpty ? ClearHead : SealedHead + BinaryHead;

    /// <summary>Bytes behind the body.</summary>
    public int TailSize => _keys.IsEmpty ? 0 : SealingKey.TagSize;

    /// <summary>
    /// A head in the clear up to the code of the checksum, as this version writes it: array of 4, version, uint 32 cluster, 0. It is known
    /// by one comparison; a head that says the same in other forms is read element by element.
    /// </summary>
    private ulong ClearStart => ((0x940000UL | (FormatVersion << 8) | MessagePackCode.UInt32) << 40) | ((ulong)_cluster << 8);

    /// <summary>The number that stands for a cluster's name on the wire.</summary>
    public static uint ClusterId(string cluster) => (uint)StableHash.Of(cluster);

    /// <summary>
    /// Finishes a frame whose body stands at <see cref="HeadSize"/>. The frame has room for <see cref="TailSize"/> more bytes.
    /// </summary>
    /// <param name="frame">Head, body and tail.</param>
    /// <param name="bodyLength">Bytes of the body.</param>
    /// <param name="now">The time.</param>
    /// <param name="keyId">The key that seals; 0, and one that is gone, for the primary one.</param>
    /// <returns>The length of the frame.</returns>
    public int Close(Span<byte> frame, int bodyLength, Instant now, uint keyId = 0)
    {
        var body = frame.Slice(HeadSize, bodyLength);
        if (_keys.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame, ClearStart);
            frame[8] = MessagePackCode.UInt32;
            BinaryPrimitives.WriteUInt32BigEndian(frame[9..], Checksum(body));
            return HeadSize + bodyLength;
        }

        var key = keyId == 0 ? _keys.Primary : _keys.Find(keyId) ?? _keys.Primary;
        var head = new MessagePackWriter(frame[..HeadSize]);
        head.TryArray(5);
        head.TryUInt(FormatVersion);
        head.TryUInt32Wide(_cluster);
        Span<byte> nonce = stackalloc byte[NonceSize];
        _fill(nonce[..NoncePrefixSize]);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[NoncePrefixSize..], ++_nonceCounter);
        head.TryUInt32Wide(key.Id);
        head.TryBinary(nonce);
        head.TryUInt32Wide(_freshness.Second(now));
        frame[SealedHead] = MessagePackCode.Bin32;
        BinaryPrimitives.WriteUInt32BigEndian(frame[(SealedHead + 1)..], (uint)(bodyLength + SealingKey.TagSize));
        key.Cipher.Encrypt(nonce, body, body, frame.Slice(HeadSize + bodyLength, SealingKey.TagSize), frame[..HeadSize]);
        return HeadSize + bodyLength + SealingKey.TagSize;
    }

    /// <summary>Takes the body out of a frame.</summary>
    /// <param name="frame">Foreign bytes.</param>
    /// <param name="opened">What was in it; valid until the next frame is opened.</param>
    /// <param name="reason">Why not.</param>
    public bool TryOpen(ReadOnlySpan<byte> frame, out OpenedFrame opened, out DropReason reason)
    {
        opened = default;
        reason = DropReason.Malformed;
        if (_keys.IsEmpty && frame.Length >= ClearHead
            && BinaryPrimitives.ReadUInt64BigEndian(frame) == ClearStart && frame[8] == MessagePackCode.UInt32)
        {
            opened = new OpenedFrame { Body = frame[ClearHead..] };
            return BinaryPrimitives.ReadUInt32BigEndian(frame[9..]) == Checksum(opened.Body) || Refuse(DropReason.Corrupt, out reason);
        }

        var reader = new MessagePackReader(frame);
        if (!reader.TryArray(out var count) || count < 4 || !reader.TryUInt(out var version))
            return false;
        if (version != FormatVersion)
            return Refuse(DropReason.FutureVersion, out reason);
        if (!reader.TryUInt32(out var cluster))
            return false;
        if (cluster != _cluster)
            return Refuse(DropReason.ForeignCluster, out reason);
        if (!reader.TryUInt32(out var keyId))
            return false;
        if (keyId == 0)
            return _keys.IsEmpty ? TryOpenClear(reader, count, out opened, out reason) : Refuse(DropReason.Unsealed, out reason);
        return _keys.Find(keyId) is { } key
            ? TryOpenSealed(reader, count, frame, key, out opened, out reason)
            : Refuse(DropReason.UnknownKey, out reason);
    }

    /// <summary>Whether a frame is fresh: 0 for one that is, below 0 for an old one, above 0 for one from ahead.</summary>
    public int Compare(in OpenedFrame opened, Instant now) => _keys.IsEmpty ? 0 : _freshness.Compare(opened.Second, now);

    /// <summary>Another, who has answered this node's own question, has reached that second.</summary>
    public void Raise(uint second, Instant now) => _freshness.Raise(second, now);

    /// <summary>Gives back the room that a large frame took: a node would hold it for ever, for one join.</summary>
    public void LetGoOfScratch()
    {
        if (_scratch.Length > Limits.DatagramSize)
            _scratch = [];
    }

    private static bool TryOpenClear(MessagePackReader reader, int count, out OpenedFrame opened, out DropReason reason)
    {
        opened = default;
        reason = DropReason.Malformed;
        if (!reader.TryUInt32(out var checksum) || !reader.TrySkip(count - 4))
            return false;
        opened = new OpenedFrame { Body = reader.Rest };
        return checksum == Checksum(opened.Body) || Refuse(DropReason.Corrupt, out reason);
    }

    private bool TryOpenSealed(
        MessagePackReader reader, int count, ReadOnlySpan<byte> frame, SealingKey key, out OpenedFrame opened, out DropReason reason)
    {
        opened = default;
        reason = DropReason.Malformed;
        if (count < 5 || !reader.TryBinary(out var nonce) || nonce.Length != NonceSize || !reader.TryUInt32(out var second)
            || !reader.TrySkip(count - 5) || !reader.TryBinary(out var box) || !reader.IsAtEnd || box.Length < SealingKey.TagSize)
            return false;
        try
        {
            if (_scratch.Length < box.Length)
                _scratch = new byte[Math.Max(box.Length, Limits.DatagramSize)];
            var body = _scratch.AsSpan(0, box.Length - SealingKey.TagSize);
            key.Cipher.Decrypt(nonce, box[..^SealingKey.TagSize], box[^SealingKey.TagSize..], body, frame[..^box.Length]);
            opened = new OpenedFrame
            {
                Body = body, Second = second, KeyId = key.Id, Nonce = BinaryPrimitives.ReadUInt64LittleEndian(nonce),
            };
            return true;
        }
        catch (CryptographicException)
        {
            return Refuse(DropReason.BadSeal, out reason);
        }
    }

    private static bool Refuse(DropReason why, out DropReason reason)
    {
        reason = why;
        return false;
    }

    /// <summary>CRC-32C over the body: without a key nothing else guards against a flipped bit that UDP's 16-bit sum lets pass.</summary>
    private static uint Checksum(ReadOnlySpan<byte> body)
    {
        var crc = uint.MaxValue;
        while (body.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(body));
            body = body[8..];
        }

        foreach (var one in body)
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}

/// <summary>What was in a frame.</summary>
internal readonly ref struct OpenedFrame
{
    /// <summary>The messages.</summary>
    public required ReadOnlySpan<byte> Body { get; init; }

    /// <summary>When it was sealed, by its sender's <see cref="Freshness"/>; 0 for one in the clear.</summary>
    public uint Second { get; init; }

    /// <summary>The key that sealed it; 0 for one in the clear.</summary>
    public uint KeyId { get; init; }

    /// <summary>The random bytes of its nonce, which no other frame has; 0 for a frame in the clear.</summary>
    public ulong Nonce { get; init; }
}
