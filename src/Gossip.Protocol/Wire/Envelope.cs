using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using MessagePack;

namespace Gossip.Protocol;

/// <summary>
/// Puts a packet's body into a frame, and takes it out. The head is a MessagePack array in front of the messages:
/// <code>
///   in the clear  [version, cluster, 0, crc32c of the messages]             message message …
///   sealed        [version, cluster, key id, nonce (bin 12)]                    bin(AES-256-GCM of "message message …", 16-byte tag)
/// </code>
/// Everything in front of the sealed bytes is associated data, so a head cannot be changed or moved to another body. The nonce is a random
/// prefix of the sender, 8 bytes, and a counter, 4 bytes (NIST SP 800-38D §8.2.1); when the counter is used up a new prefix is drawn. A
/// cipher is made once per key: making one per packet costs three times the sealing. The cheap checks (version, cluster, key id) stand in
/// front of the cipher, and never more than one key is tried, because a forged frame makes the framework throw, which is dear.
/// </summary>
internal sealed class Envelope : IDisposable
{
    public const byte FormatVersion = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int ClearHead = 13;
    private const int SealedHead = 26;
    private const int BinaryHead = 5;

    private readonly Randomness _randomness;
    private readonly uint _cluster;
    private readonly uint _keyId;
    private readonly AesGcm? _cipher;
    private ulong _noncePrefix;
    private uint _nonceCounter;
    private byte[] _scratch = [];

    public Envelope(string cluster, ReadOnlyMemory<byte> key, Randomness randomness)
    {
        _randomness = randomness;
        _cluster = ClusterId(cluster);
        if (key.IsEmpty)
            return;
        _cipher = new AesGcm(key.Span, TagSize);
        _keyId = KeyId(key.Span);
        _noncePrefix = randomness.Next();
    }

    /// <summary>Bytes in front of the body.</summary>
    public int HeadSize => _cipher is null ? ClearHead : SealedHead + BinaryHead;

    /// <summary>Bytes behind the body.</summary>
    public int TailSize => _cipher is null ? 0 : TagSize;

    /// <summary>
    /// A head in the clear up to the code of the checksum, as this version writes it: array of 4, version, uint 32 cluster, 0. It is known
    /// by one comparison; a head that says the same in other forms is read element by element.
    /// </summary>
    private ulong ClearStart => ((0x940000UL | (FormatVersion << 8) | MessagePackCode.UInt32) << 40) | ((ulong)_cluster << 8);

    /// <summary>The number that stands for a cluster's name on the wire.</summary>
    public static uint ClusterId(string cluster) => (uint)StableHash.Of(cluster);

    /// <summary>The number that stands for a key on the wire: 32 bits of its SHA-256, never 0.</summary>
    public static uint KeyId(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return Math.Max(1, BinaryPrimitives.ReadUInt32BigEndian(hash));
    }

    /// <summary>
    /// Finishes a frame whose body stands at <see cref="HeadSize"/>. The frame has room for <see cref="TailSize"/> more bytes.
    /// </summary>
    /// <returns>The length of the frame.</returns>
    public int Close(Span<byte> frame, int bodyLength)
    {
        var body = frame.Slice(HeadSize, bodyLength);
        if (_cipher is null)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame, ClearStart);
            frame[8] = MessagePackCode.UInt32;
            BinaryPrimitives.WriteUInt32BigEndian(frame[9..], Checksum(body));
            return HeadSize + bodyLength;
        }

        var head = new MessagePackWriter(frame[..HeadSize]);
        head.TryArray(4);
        head.TryUInt(FormatVersion);
        head.TryUInt32Wide(_cluster);
        Span<byte> nonce = stackalloc byte[NonceSize];
        NextNonce(nonce);
        head.TryUInt32Wide(_keyId);
        head.TryBinary(nonce);
        frame[SealedHead] = MessagePackCode.Bin32;
        BinaryPrimitives.WriteUInt32BigEndian(frame[(SealedHead + 1)..], (uint)(bodyLength + TagSize));
        _cipher.Encrypt(nonce, body, body, frame.Slice(HeadSize + bodyLength, TagSize), frame[..HeadSize]);
        return HeadSize + bodyLength + TagSize;
    }

    /// <summary>Takes the body out of a frame.</summary>
    /// <param name="frame">Foreign bytes.</param>
    /// <param name="body">The messages; valid until the next frame is opened.</param>
    /// <param name="reason">Why not.</param>
    public bool TryOpen(ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> body, out DropReason reason)
    {
        body = default;
        reason = DropReason.Malformed;
        if (_cipher is null && frame.Length >= ClearHead
            && BinaryPrimitives.ReadUInt64BigEndian(frame) == ClearStart && frame[8] == MessagePackCode.UInt32)
        {
            body = frame[ClearHead..];
            return BinaryPrimitives.ReadUInt32BigEndian(frame[9..]) == Checksum(body) || Refuse(DropReason.Corrupt, out reason);
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
        if (keyId != _keyId)
            return Refuse(keyId == 0 ? DropReason.Unsealed : DropReason.UnknownKey, out reason);
        return keyId == 0
            ? TryOpenClear(reader, count, out body, out reason)
            : TryOpenSealed(reader, count, frame, out body, out reason);
    }

    /// <summary>Gives back the room that a large frame took: a node would hold it for ever, for one join.</summary>
    public void LetGoOfScratch()
    {
        if (_scratch.Length > Limits.DatagramSize)
            _scratch = [];
    }

    public void Dispose() => _cipher?.Dispose();

    private static bool TryOpenClear(MessagePackReader reader, int count, out ReadOnlySpan<byte> body, out DropReason reason)
    {
        body = default;
        reason = DropReason.Malformed;
        if (!reader.TryUInt32(out var checksum) || !reader.TrySkip(count - 4))
            return false;
        body = reader.Rest;
        return checksum == Checksum(body) || Refuse(DropReason.Corrupt, out reason);
    }

    private bool TryOpenSealed(
        MessagePackReader reader, int count, ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> body, out DropReason reason)
    {
        body = default;
        reason = DropReason.Malformed;
        if (!reader.TryBinary(out var nonce) || nonce.Length != NonceSize || !reader.TrySkip(count - 4) || !reader.TryBinary(out var box)
            || !reader.IsAtEnd || box.Length < TagSize)
            return false;
        try
        {
            if (_scratch.Length < box.Length)
                _scratch = new byte[Math.Max(box.Length, Limits.DatagramSize)];
            var opened = _scratch.AsSpan(0, box.Length - TagSize);
            _cipher!.Decrypt(nonce, box[..^TagSize], box[^TagSize..], opened, frame[..^box.Length]);
            body = opened;
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

    private void NextNonce(Span<byte> nonce)
    {
        if (_nonceCounter == uint.MaxValue)
        {
            _noncePrefix = _randomness.Next();
            _nonceCounter = 0;
        }

        BinaryPrimitives.WriteUInt64BigEndian(nonce, _noncePrefix);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], ++_nonceCounter);
    }
}
