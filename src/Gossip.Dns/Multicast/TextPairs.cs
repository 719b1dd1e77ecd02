using System.Text;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>The strings of a TXT record as key=value pairs (RFC 6763 §6).</summary>
internal static class TextPairs
{
    /// <summary>Writes the pairs; a pair that cannot be written is a mistake of the library's user.</summary>
    public static TextBody Write(IReadOnlyDictionary<string, string> pairs)
    {
        var strings = new List<byte>();
        foreach (var (key, value) in pairs)
        {
            if (key.Length == 0 || key.Any(letter => letter is < ' ' or > '~' or '='))
                throw new ArgumentException($"'{key}' is not a TXT key: printable ASCII without '=' (RFC 6763 §6.4).", nameof(pairs));
            var pair = Encoding.UTF8.GetBytes($"{key}={value}");
            if (pair.Length >= byte.MaxValue)
                throw new ArgumentException($"The TXT pair '{key}' is longer than 254 bytes.", nameof(pairs));
            strings.Add((byte)pair.Length);
            strings.AddRange(pair);
        }

        if (strings.Count > Limits.TextBytes)
            throw new ArgumentException($"The TXT pairs take {strings.Count} bytes; {Limits.TextBytes} fit.", nameof(pairs));
        // A TXT record has at least one string; an empty one means "no pairs" (RFC 6763 §6.1).
        return new TextBody(strings.Count == 0 ? new byte[1] : strings.ToArray());
    }

    /// <summary>Reads foreign pairs: strings without a key are skipped, and the first of equal keys counts.</summary>
    public static IReadOnlyDictionary<string, string> Read(TextBody body)
    {
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var rest = body.Strings.Span;
        while (!rest.IsEmpty)
        {
            var pair = rest.Slice(1, rest[0]);
            rest = rest[(1 + rest[0])..];
            var equals = pair.IndexOf((byte)'=');
            var key = equals < 0 ? pair : pair[..equals];
            if (!key.IsEmpty)
                pairs.TryAdd(Encoding.UTF8.GetString(key), equals < 0 ? "" : Encoding.UTF8.GetString(pair[(equals + 1)..]));
        }

        return pairs;
    }
}
