using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>One record that we answer with, and the slot that says when it is to be multicast next.</summary>
internal sealed class OwnRecord(DnsRecord record, bool takenBack)
{
    public DnsRecord Record { get; } = record;

    /// <summary>Whether the record ends with us, so that a goodbye names it.</summary>
    public bool TakenBack { get; } = takenBack;

    /// <summary>A shared record may be held by other machines too; of the others we are the only voice (RFC 6762 §2).</summary>
    public bool IsShared => !Record.Flush;

    public TimeSpan Due { get; set; } = Timing.Never;

    /// <summary>Who asked for it, when exactly one peer did: only its known answers may cancel what is due.</summary>
    public IPEndPoint? Asker { get; set; }

    public TimeSpan? LastMulticast { get; set; }
}

/// <summary>The records of one published service (RFC 6763 §4–§6, §9).</summary>
internal sealed class OwnRecords
{
    /// <summary>RFC 6763 §9: the name under which every service type of a link is listed.</summary>
    private static readonly DnsName TypesName = DnsName.Parse("_services._dns-sd._udp.local");

    private readonly List<OwnRecord> _all = [];

    public OwnRecords(ServiceProfile profile)
    {
        var type = DnsName.Parse(profile.ServiceType);
        var host = DnsName.Parse(profile.Host);
        Instance = type.Child(profile.Instance);
        if (profile.Addresses.Count > Limits.AddressesPerProfile)
            throw new ArgumentException($"{profile.Addresses.Count} addresses; {Limits.AddressesPerProfile} fit.", nameof(profile));

        // Siblings on this machine publish the same type and perhaps the same host: only what is ours alone may be taken back.
        Add(new DnsRecord(type, RecordType.Ptr, Flush: false, Timing.OtherTtl, new PointerBody(Instance)), takenBack: true);
        Add(new DnsRecord(Instance, RecordType.Srv, Flush: true, Timing.HostTtl, new ServerBody(0, 0, profile.Port, host)), takenBack: true);
        Add(new DnsRecord(Instance, RecordType.Txt, Flush: true, Timing.OtherTtl, TextPairs.Write(profile.Text)), takenBack: true);
        foreach (var address in profile.Addresses.Distinct())
            Add(new DnsRecord(host, IsV4(address) ? RecordType.A : RecordType.Aaaa, Flush: true, Timing.HostTtl, new AddressBody(Unscoped(address))), false);
        Add(new DnsRecord(TypesName, RecordType.Ptr, Flush: false, Timing.OtherTtl, new PointerBody(type)), takenBack: false);
        AddAbsences(Instance, Timing.OtherTtl);
        AddAbsences(host, Timing.HostTtl);
    }

    public DnsName Instance { get; }

    public IReadOnlyList<OwnRecord> All => _all;

    /// <summary>What answers this question: the records asked for, or, under a name that is ours alone, that there are none.</summary>
    public IEnumerable<OwnRecord> Matching(DnsQuestion question)
    {
        var found = false;
        foreach (var own in _all)
        {
            if (!own.Record.Name.Equals(question.Name) || !IsAskedFor(own.Record.Type, question.Type))
                continue;
            found = true;
            yield return own;
        }

        if (found || question.Type == RecordType.None)
            yield break;
        foreach (var own in _all)
            if (own.Record.Type == RecordType.Nsec && own.Record.Name.Equals(question.Name))
                yield return own;
    }

    /// <summary>What an asker of this record will want next (RFC 6763 §12): a pointer brings the service, a service its addresses.</summary>
    public IEnumerable<OwnRecord> Following(DnsRecord record) => record.Body switch
    {
        PointerBody pointer => UnderName(pointer.Target).SelectMany(own => Following(own.Record).Prepend(own)),
        ServerBody server => UnderName(server.Target),
        AddressBody => UnderName(record.Name),
        _ => [],
    };

    private static bool IsV4(IPAddress address) => address.GetAddressBytes().Length == 4;

    // The scope of a link-local address is our own number for the link: it means nothing to others and is not on the wire.
    private static IPAddress Unscoped(IPAddress address) => new(address.GetAddressBytes());

    private static bool IsAskedFor(RecordType type, RecordType asked) =>
        type == asked || (asked == RecordType.Any && type != RecordType.Nsec);

    private IEnumerable<OwnRecord> UnderName(DnsName name) =>
        _all.Where(own => own.Record.Type != RecordType.Nsec && own.Record.Name.Equals(name));

    private void AddAbsences(DnsName name, TimeSpan ttl)
    {
        var present = UnderName(name).Select(own => own.Record.Type).Distinct().ToArray();
        Add(new DnsRecord(name, RecordType.Nsec, Flush: true, ttl, new PresentTypesBody(present)), takenBack: false);
    }

    private void Add(DnsRecord record, bool takenBack) => _all.Add(new OwnRecord(record, takenBack));
}
