using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>A service instance that some PTR record points to, and what was reported of it.</summary>
internal sealed class BrowsedInstance(DnsName name, DnsName type)
{
    public DnsName Name { get; } = name;

    public DnsName Type { get; } = type;

    /// <summary>Runs while parts are missing.</summary>
    public Asking Asking { get; } = new();

    public ServiceSighting? Reported { get; set; }

    /// <summary>Whether a part of it has changed since it was last looked at.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The host in its newest SRV record.</summary>
    public DnsName? Host(RecordCache cache) => Latest<ServerBody>(cache)?.Target;

    /// <summary>Puts the parts together; null while one is missing.</summary>
    public ServiceSighting? Resolve(RecordCache cache, OwnInstances own)
    {
        var server = Latest<ServerBody>(cache);
        var text = Latest<TextBody>(cache);
        if (server is null || text is null)
            return null;
        var addresses = Addresses(cache, server.Target);
        return addresses.Count == 0 ? null : new ServiceSighting(
            Name.FirstLabelText, Type.ToString(), server.Target.ToString(), server.Port, addresses, TextPairs.Read(text),
            own.Include(Name, server));
    }

    /// <summary>The questions for the parts that are missing.</summary>
    public IEnumerable<DnsQuestion> Missing(RecordCache cache)
    {
        var server = Latest<ServerBody>(cache);
        if (server is null)
            yield return new DnsQuestion(Name, RecordType.Srv, Unicast: false);
        if (Latest<TextBody>(cache) is null)
            yield return new DnsQuestion(Name, RecordType.Txt, Unicast: false);
        if (server is null || Addresses(cache, server.Target).Count > 0)
            yield break;
        yield return new DnsQuestion(server.Target, RecordType.A, Unicast: false);
        yield return new DnsQuestion(server.Target, RecordType.Aaaa, Unicast: false);
    }

    private static List<IPAddress> Addresses(RecordCache cache, DnsName host)
    {
        var addresses = new List<IPAddress>();
        foreach (var one in cache.Under(host))
            if (one.Record.Body is AddressBody body)
                addresses.Add(body.Address);
        addresses.Sort(Compare);
        return addresses;
    }

    private static int Compare(IPAddress left, IPAddress right)
    {
        byte[] one = left.GetAddressBytes(), two = right.GetAddressBytes();
        return one.Length != two.Length ? one.Length - two.Length : one.AsSpan().SequenceCompareTo(two);
    }

    // While a replaced record lives its last second there are two: the one heard last counts.
    private TBody? Latest<TBody>(RecordCache cache)
        where TBody : RecordBody
    {
        CachedRecord? latest = null;
        foreach (var one in cache.Under(Name))
            if (one.Record.Body is TBody && (latest is null || one.HeardAt >= latest.HeardAt))
                latest = one;
        return latest?.Record.Body as TBody;
    }
}
