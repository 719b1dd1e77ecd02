using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>What sort of thing a name stands for.</summary>
internal enum DnsSubjectKind
{
    /// <summary>Nothing of this domain.</summary>
    Foreign,

    /// <summary>Nothing, though it is below the domain.</summary>
    Unknown,

    /// <summary>The domain itself.</summary>
    Domain,

    /// <summary>Instances of a service.</summary>
    Service,

    /// <summary>A member.</summary>
    Node,

    /// <summary>An address, written as a name.</summary>
    Address,

    /// <summary>The name of an address, as <c>in-addr.arpa</c> and <c>ip6.arpa</c> ask for it.</summary>
    Reverse,
}

/// <summary>
/// What a name asks for, as Consul's names are made:
/// <code>
/// [tag.]service.service[.place].domain      _service._tag.service[.place].domain      (tag tcp: none; RFC 2782)
/// node.node[.place].domain                  hex digits.addr[.place].domain
/// </code>
/// The place is the data centre, which is the whole cluster, or a zone of it.
/// </summary>
/// <param name="Kind">What sort of thing.</param>
/// <param name="Name">The service or the member.</param>
/// <param name="Tag">Only instances with this tag; null for all.</param>
/// <param name="Place">Only what is in this place; null for all.</param>
/// <param name="Address">The address; null where there is none, or it cannot be read.</param>
internal sealed record DnsSubject(
    DnsSubjectKind Kind, string Name = "", string? Tag = null, string? Place = null, IPAddress? Address = null)
{
    private static readonly DnsName Reverse4 = DnsName.Parse("in-addr.arpa");
    private static readonly DnsName Reverse6 = DnsName.Parse("ip6.arpa");

    /// <summary>Reads a name.</summary>
    public static DnsSubject Of(DnsName name, DnsName domain)
    {
        if (LabelsBelow(name, domain) is { } labels)
            return Below(labels);
        if (LabelsBelow(name, Reverse4) is { Count: 4 } bytes)
            return new(DnsSubjectKind.Reverse, Address: FromBytes(string.Join('.', Enumerable.Reverse(bytes))));
        if (LabelsBelow(name, Reverse6) is { Count: 32 } digits)
            return new(DnsSubjectKind.Reverse, Address: FromHex(string.Concat(Enumerable.Reverse(digits))));
        return new(DnsSubjectKind.Foreign);
    }

    private static DnsSubject Below(List<string> labels)
    {
        if (labels.Count == 0)
            return new(DnsSubjectKind.Domain);
        var at = KindOf(labels[^1]) is not null ? labels.Count - 1 : labels.Count - 2;
        if (at < 1 || KindOf(labels[at]) is not { } kind)
            return new(DnsSubjectKind.Unknown);
        var place = at == labels.Count - 1 ? null : labels[^1];
        string[] names = [.. labels.Take(at)];
        return kind switch
        {
            DnsSubjectKind.Address => new(kind, Place: place, Address: FromHex(names[^1])),
            DnsSubjectKind.Node => new(kind, string.Join('.', names), Place: place),
            _ when names is [['_', .. var service], ['_', .. var tag]] =>
                new(kind, service, tag.Equals("tcp", StringComparison.OrdinalIgnoreCase) ? null : tag, place),
            _ => new(kind, names[^1], names.Length > 1 ? string.Join('.', names[..^1]) : null, place),
        };
    }

    private static DnsSubjectKind? KindOf(string label) => label.ToLowerInvariant() switch
    {
        "service" => DnsSubjectKind.Service,
        "node" => DnsSubjectKind.Node,
        "addr" => DnsSubjectKind.Address,
        _ => null,
    };

    private static IPAddress? FromBytes(string bytes) => IPAddress.TryParse(bytes, out var address) ? address : null;

    /// <summary>An address of 8 or 32 digits.</summary>
    private static IPAddress? FromHex(string digits)
    {
        if (digits.Length is not (8 or 32) || !digits.All(char.IsAsciiHexDigit))
            return null;
        return new IPAddress(Convert.FromHexString(digits));
    }

    /// <summary>The labels in front of a domain; null where the name is not below it.</summary>
    private static List<string>? LabelsBelow(DnsName name, DnsName domain)
    {
        var labels = new List<string>();
        for (var rest = name; ; rest = rest.Parent)
        {
            if (rest.Equals(domain))
                return labels;
            if (rest.IsRoot)
                return null;
            labels.Add(rest.FirstLabelText);
        }
    }

    /// <summary>An address as SRV records point to it.</summary>
    public static string HexOf(IPAddress address) =>
        Convert.ToHexStringLower(address.GetAddressBytes());
}
