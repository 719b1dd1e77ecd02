using System.Text;

namespace Gossip.Protocol;

/// <summary>Hashes that are the same in every process, machine and version: they are sent, and decisions depend on them.</summary>
internal static class StableHash
{
    private const ulong FnvOffset = 0xCBF29CE484222325;
    private const ulong FnvPrime = 0x100000001B3;

    /// <summary>Spreads 64 bits over 64 bits, one to one (the finalizer of SplitMix64).</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Hashes several numbers, in order.</summary>
    public static ulong Mix(ulong first, ulong second) => Mix(Mix(first + 0x9E3779B97F4A7C15) ^ second);

    /// <summary>Hashes bytes (FNV-1a, then <see cref="Mix(ulong)"/>).</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = FnvOffset;
        foreach (var one in bytes)
            hash = (hash ^ one) * FnvPrime;
        return Mix(hash);
    }

    /// <summary>Hashes a text by its UTF-8 bytes.</summary>
    public static ulong Of(string text) => Of(Encoding.UTF8.GetBytes(text));
}
