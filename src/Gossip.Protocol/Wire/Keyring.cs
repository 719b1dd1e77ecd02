using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gossip.Protocol;

/// <summary>
/// The keys of a cluster: the first one seals, each of them opens. So a key is changed while the cluster runs, in three steps, each of them
/// on one node after the other: the new key is added, it is made the first, the old key is removed. A ring without keys is that of a
/// cluster in the clear.
/// </summary>
internal sealed class Keyring : IDisposable
{
    private SealingKey[] _keys;

    /// <param name="keys">The keys, the one that seals first; empty ones are left out.</param>
    public Keyring(params IEnumerable<ReadOnlyMemory<byte>> keys) =>
        _keys = [.. keys.Where(key => !key.IsEmpty).Select(key => new SealingKey(key.Span))];

    /// <summary>Whether frames go in the clear.</summary>
    public bool IsEmpty => _keys.Length == 0;

    /// <summary>Whether there is more than the one that seals.</summary>
    public bool HasSeveral => _keys.Length > 1;

    /// <summary>The key that seals. Only for a ring that has one.</summary>
    public SealingKey Primary => _keys[0];

    /// <summary>The key with that id; null for none.</summary>
    public SealingKey? Find(uint id)
    {
        foreach (var key in _keys)
        {
            if (key.Id == id)
                return key;
        }

        return null;
    }

    /// <summary>The id of one key after the other, as a number grows; 0 for a ring without keys.</summary>
    public uint IdAt(uint number) => IsEmpty ? 0 : _keys[number % (uint)_keys.Length].Id;

    /// <summary>Takes other keys, the one that seals first. A ring without keys stays so, and one with keys keeps at least one.</summary>
    /// <exception cref="ArgumentException">The cluster would begin or cease to be in the clear.</exception>
    public void Change(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        if (keys.Count == 0 != IsEmpty)
            throw new ArgumentException("A cluster's frames are sealed from its start to its end, or never.", nameof(keys));
        var before = _keys;
        _keys = [.. keys.Select(key => before.FirstOrDefault(known => known.Id == SealingKey.IdOf(key.Span)) ?? new SealingKey(key.Span))];
        foreach (var key in before.Except(_keys))
            key.Dispose();
    }

    public void Dispose()
    {
        foreach (var key in _keys)
            key.Dispose();
    }
}

/// <summary>A key that is ready for use: making a cipher per packet costs three times the sealing.</summary>
internal sealed class SealingKey(ReadOnlySpan<byte> key) : IDisposable
{
    /// <summary>Bytes behind what was sealed.</summary>
    public const int TagSize = 16;

    /// <summary>What stands for the key on the wire.</summary>
    public uint Id { get; } = IdOf(key);

    public AesGcm Cipher { get; } = new(key, TagSize);

    /// <summary>The number that stands for a key on the wire: 32 bits of its SHA-256, never 0.</summary>
    public static uint IdOf(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return Math.Max(1, BinaryPrimitives.ReadUInt32BigEndian(hash));
    }

    public void Dispose() => Cipher.Dispose();
}
