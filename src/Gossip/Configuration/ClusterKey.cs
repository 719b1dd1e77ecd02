using System.Globalization;
using Gossip.Protocol;

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

    /// <summary>Whether the options have any key, so that frames are sealed.</summary>
    public static bool IsSet(GossipOptions options) => options.Key is not null || options.Keys.Count > 0;

    /// <summary>The keys of good options, each once, the one that seals first; none for a cluster in the clear.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> RingOf(GossipOptions options)
    {
        var texts = options.Key is null ? options.Keys : options.Keys.Prepend(options.Key);
        return [.. texts.Select(text => Parse(text)!).DistinctBy(key => Fingerprint(key)).Select(key => (ReadOnlyMemory<byte>)key)];
    }

    /// <summary>What is wrong with the text at a setting; the text itself is never told. Null when nothing is.</summary>
    public static string? Problem(string text, string setting = "Key")
    {
        var bytes = Bytes(text);
        if (bytes?.Length == Size)
            return null;
        var found = bytes is null ? "is not base64" : $"holds {bytes.Length} bytes";
        return $"{GossipOptions.SectionName}:{setting} has {text.Length} characters and {found}; "
            + $"it must be the base64 of {Size} bytes. {Recipe}";
    }

    /// <summary>Tells keys apart without revealing them.</summary>
    public static string Fingerprint(ReadOnlySpan<byte> key) => FingerprintOf(SealingKey.IdOf(key));

    /// <summary>The same of a key that is known by its number on the wire.</summary>
    public static string FingerprintOf(uint keyId) => keyId.ToString("x8", CultureInfo.InvariantCulture);

    /// <inheritdoc cref="Fingerprint"/>
    public static IReadOnlyList<string> Fingerprints(IEnumerable<ReadOnlyMemory<byte>> keys) =>
        [.. keys.Select(key => Fingerprint(key.Span))];

    private static byte[]? Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
