using System.Text;

namespace Gossip.Protocol;

/// <summary>
/// Short texts that many members and records share, such as zones, services, versions and schemes: one node keeps each of them once. A full
/// pool starts anew; strings in use stay alive through their users.
/// </summary>
internal sealed class StringPool
{
    private const int Kept = 512;

    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public StringPool() => _lookup = _kept.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The text of bytes of valid UTF-8.</summary>
    public string Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        if (utf8.Length > Limits.NameBytes)
            return Encoding.UTF8.GetString(utf8);
        Span<char> letters = stackalloc char[Limits.NameBytes];
        letters = letters[..Encoding.UTF8.GetChars(utf8, letters)];
        if (_lookup.TryGetValue(letters, out var known))
            return known;
        if (_kept.Count >= Kept)
            _kept.Clear();
        var text = letters.ToString();
        _kept.Add(text);
        return text;
    }
}
