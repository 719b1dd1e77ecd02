using System.Security.Cryptography;

namespace Gossip.Configuration;

/// <summary>The cluster's key as people write it.</summary>
internal static class ClusterKey
{
    public const int Size = 32;

    /// <summary>How to make a key; part of every message that asks for one.</summary>
    public const string Recipe =
        "Make one with 'openssl rand -base64 32' or, in PowerShell, "
        + "'[Convert]::ToBase64String([Security.Cryptography.RandomNumberGenerator]::GetBytes(32))', and set the same on every node.";

    /// <summary>Null when the text is not a key.</summary>
    public static byte[]? Parse(string text)
    {
        var bytes = Bytes(text);
        return bytes?.Length == Size ? bytes : null;
    }

    /// <summary>What is wrong with the text, which itself is never told; null when nothing is.</summary>
    public static string? Problem(string text)
    {
        var bytes = Bytes(text);
        if (bytes?.Length == Size)
            return null;
        var found = bytes is null ? "is not base64" : $"holds {bytes.Length} bytes";
        return $"{GossipOptions.SectionName}:Key has {text.Length} characters and {found}; it must be the base64 of {Size} bytes. {Recipe}";
    }

    /// <summary>Tells keys apart and gives nothing away.</summary>
    public static string Fingerprint(ReadOnlySpan<byte> key) => Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 4));

    private static byte[]? Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
