using System.Buffers.Binary;
using System.Numerics;

namespace Gossip.Protocol;

/// <summary>
/// The one generator that a node draws from: xoshiro256** (Blackman and Vigna 2018), so that a seed gives the same run on every
/// machine and runtime. Not for keys.
/// </summary>
internal sealed class Randomness
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>A generator whose whole sequence follows from one number.</summary>
    public Randomness(ulong seed)
    {
        _s0 = StableHash.Mix(seed + 0x9E3779B97F4A7C15);
        _s1 = StableHash.Mix(_s0 + 0x9E3779B97F4A7C15);
        _s2 = StableHash.Mix(_s1 + 0x9E3779B97F4A7C15);
        _s3 = StableHash.Mix(_s2 + 0x9E3779B97F4A7C15);
    }

    /// <summary>A generator with the full state space, for production: 32 bytes from the operating system's source.</summary>
    /// <exception cref="ArgumentException"><paramref name="seed"/> is not 32 bytes long, or all zero.</exception>
    public Randomness(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != 32 || !seed.ContainsAnyExcept((byte)0))
            throw new ArgumentException("A seed is 32 bytes, not all of them zero.", nameof(seed));
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(seed);
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(seed[8..]);
        _s2 = BinaryPrimitives.ReadUInt64LittleEndian(seed[16..]);
        _s3 = BinaryPrimitives.ReadUInt64LittleEndian(seed[24..]);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)(((Next() >> 32) * (ulong)bound) >> 32);
    }

    /// <summary>A number from 0 (included) to 1 (excluded).</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Fraction() < probability;

    /// <summary>A span drawn evenly between two spans.</summary>
    public TimeSpan Between(TimeSpan low, TimeSpan high) => new(low.Ticks + (long)Math.Round((high.Ticks - low.Ticks) * Fraction()));

    /// <summary>Shuffles the items (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Fills bytes, for a node whose run must repeat: <see cref="RandomFill"/>.</summary>
    public void Fill(Span<byte> bytes)
    {
        Span<byte> drawn = stackalloc byte[sizeof(ulong)];
        for (var rest = bytes; rest.Length > 0; rest = rest[Math.Min(rest.Length, drawn.Length)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(drawn, Next());
            drawn[..Math.Min(rest.Length, drawn.Length)].CopyTo(rest);
        }
    }
}
