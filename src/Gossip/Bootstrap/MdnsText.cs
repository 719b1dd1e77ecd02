using System.Text;

namespace Gossip.Bootstrap;

/// <summary>
/// Text in names and TXT records of DNS-SD. RFC 6763 allows more than other libraries can read: some take a TXT record for ASCII and drop
/// the whole packet, some split an instance's name at its dots.
/// </summary>
internal static class MdnsText
{
    private const int EscapeLength = 3;

    /// <summary>A pair has at most 254 bytes, its key included.</summary>
    private const int LongestValue = 240;

    /// <summary>
    /// A text in printable ASCII: any other byte of its UTF-8, and the percent sign, as % and two digits (RFC 3986 §2.1). A text too long
    /// for a pair is cut.
    /// </summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var letter in text.EnumerateRunes())
        {
            var isPlain = letter.Value is >= ' ' and <= '~' and not '%';
            var length = letter.EncodeToUtf8(bytes);
            if (encoded.Length + (isPlain ? 1 : EscapeLength * length) > LongestValue)
                break;
            if (isPlain)
                encoded.Append((char)letter.Value);
            else
                foreach (var one in bytes[..length])
                    encoded.Append('%').Append(Convert.ToHexString([one]));
        }

        return encoded.ToString();
    }

    /// <summary>The decoded text. What is no escape stays as it is: the text may have been written without escapes.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEscape = bytes[i] == '%' && i + EscapeLength <= bytes.Length
                && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            bytes[length++] = isEscape ? Convert.FromHexString(Encoding.ASCII.GetString(bytes, i + 1, 2))[0] : bytes[i];
            i += isEscape ? EscapeLength - 1 : 0;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>An instance's name without dots.</summary>
    public static string Instance(string name) => name.Replace('.', '-');
}
