using System.Text;

namespace Gossip.Protocol;

/// <summary>
/// Short texts that many members and records share, such as zones, services, versions and schemes: one node keeps each of them once. When
/// there are more than it keeps, it starts anew: what is in use lives on where it is used. The same holds for what whole records share.
/// </summary>
internal sealed class Texts
{
    private const int Kept = 512;

    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Service, string Version), Mould> _moulds = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public Texts() => _lookup = _kept.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The text of some bytes of valid UTF-8.</summary>
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

    /// <summary>
    /// The mould for a record: that of its siblings or, where they have little in common with it, itself from here on. A record larger than a datagram
    /// has one of its own, so that what is kept here stays small whatever others send.
    /// </summary>
    public Mould MouldOf(ServiceRecord record, byte[] payload)
    {
        if (payload.Length > Limits.DatagramSize)
            return new Mould(record.Service, payload);
        var kind = (record.Service, record.Version);
        if (_moulds.TryGetValue(kind, out var known) && known.Suits(payload))
            return known;
        if (_moulds.Count >= Kept)
            _moulds.Clear();
        return _moulds[kind] = new Mould(record.Service, payload);
    }
}
