using System.Net;

namespace Gossip.Dns.Messages;

/// <summary>The types of RFC 1035 §3.2.2 and its successors that DNS-SD needs; every other is skipped by its length.</summary>
internal enum RecordType : ushort
{
    None = 0,
    A = 1,
    Ptr = 12,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Nsec = 47,
    Any = 255,
}

/// <summary>
/// One question. <paramref name="Unicast"/> is the top bit of the class: the asker takes a unicast answer (RFC 6762 §5.4).
/// </summary>
internal readonly record struct DnsQuestion(DnsName Name, RecordType Type, bool Unicast);

/// <summary>
/// One resource record of class IN. <paramref name="Flush"/> is the top bit of the class: these are all records of this name and type, and
/// older ones are to be forgotten (RFC 6762 §10.2). The body is null for any other class.
/// </summary>
internal sealed record DnsRecord(DnsName Name, RecordType Type, bool Flush, TimeSpan Ttl, RecordBody? Body)
{
    /// <summary>The same fact, whatever its TTL says: name, type and body.</summary>
    public bool Says(DnsRecord other) => Type == other.Type && Body is not null && Body.Equals(other.Body) && Name.Equals(other.Name);
}

/// <summary>What a record says. Equality is that of RFC 6762 §7.1: by content, names without regard to case.</summary>
internal abstract record RecordBody
{
    /// <summary>The bytes of the body with every name written out, as RFC 6762 §8.2 compares them.</summary>
    public byte[] Uncompressed() => this switch
    {
        PointerBody pointer => pointer.Target.Wire.ToArray(),
        ServerBody server => [.. Word(server.Priority), .. Word(server.Weight), .. Word(server.Port), .. server.Target.Wire],
        AddressBody address => address.Address.GetAddressBytes(),
        TextBody text => text.Strings.ToArray(),
        OpaqueBody opaque => opaque.Bytes.ToArray(),
        _ => [],
    };

    protected static int HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 17;
        foreach (var one in bytes)
            hash = (hash * 31) + one;
        return hash;
    }

    private static byte[] Word(ushort word) => [(byte)(word >> 8), (byte)word];
}

/// <summary>PTR: the name pointed to.</summary>
internal sealed record PointerBody(DnsName Target) : RecordBody;

/// <summary>SRV (RFC 2782): where a service instance listens.</summary>
internal sealed record ServerBody(ushort Priority, ushort Weight, ushort Port, DnsName Target) : RecordBody;

/// <summary>A or AAAA.</summary>
internal sealed record AddressBody(IPAddress Address) : RecordBody;

/// <summary>NSEC as mDNS uses it (RFC 6762 §6.1): these types exist under this name, and no others.</summary>
internal sealed record PresentTypesBody(params RecordType[] Types) : RecordBody;

/// <summary>TXT: the raw strings, each with its length byte before it.</summary>
internal sealed record TextBody(ReadOnlyMemory<byte> Strings) : RecordBody
{
    public bool Equals(TextBody? other) => other is not null && Strings.Span.SequenceEqual(other.Strings.Span);

    public override int GetHashCode() => HashOf(Strings.Span);
}

/// <summary>A type that is not decoded: it only counts when two probes are compared (RFC 6762 §8.2).</summary>
internal sealed record OpaqueBody(ReadOnlyMemory<byte> Bytes) : RecordBody
{
    public bool Equals(OpaqueBody? other) => other is not null && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode() => HashOf(Bytes.Span);
}
