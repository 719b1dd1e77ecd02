using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>The records of all published services (RFC 6763 §4–§7, §9).</summary>
internal sealed class OwnRecords
{
    /// <summary>RFC 6763 §9: the name under which every service type of a link is listed.</summary>
    private static readonly DnsName TypesName = DnsName.Parse("_services._dns-sd._udp.local");

    private readonly List<OwnRecord> _all = [];
    private readonly HashSet<DnsName> _instances = [];

    /// <exception cref="ArgumentException">A profile does not fit into a packet, or two describe one instance.</exception>
    public OwnRecords(IReadOnlyList<ServiceProfile> profiles, Dictionary<DnsName, OwnName> names)
    {
        if (profiles.Count > Limits.Profiles)
            throw new ArgumentException($"{profiles.Count} services; {Limits.Profiles} may be published.", nameof(profiles));
        foreach (var name in names.Keys)
            if (name.Parent.Wire.Length + 1 + Limits.LabelBytes > Limits.NameBytes)
                throw new ArgumentException(
                    $"'{name.Parent}' is so long that no name under it could be numbered after a conflict.", nameof(profiles));
        foreach (var profile in profiles)
            AddService(profile, names[profile.InstanceName], names[profile.HostName]);
        foreach (var host in profiles.Select(profile => names[profile.HostName]).Distinct())
            AddHost(host, [.. profiles.Where(profile => profile.HostName.Equals(host.Wanted))
                .SelectMany(profile => profile.Addresses).Select(Unscoped).Distinct()]);
    }

    public static OwnRecords None { get; } = new([], []);

    /// <summary>The instances by their current names.</summary>
    public IReadOnlySet<DnsName> Instances => _instances;

    public IReadOnlyList<OwnRecord> All => _all;

    /// <summary>Where each instance is.</summary>
    public IEnumerable<KeyValuePair<DnsName, ServerBody>> Servers =>
        from own in _all
        where own.Record.Body is ServerBody
        select KeyValuePair.Create(own.Record.Name, (ServerBody)own.Record.Body!);

    /// <summary>
    /// What answers this question: the records asked for or, under a name that is unique to this machine, that there are none.
    /// </summary>
    public IEnumerable<OwnRecord> Matching(DnsQuestion question)
    {
        var found = false;
        foreach (var own in _all)
        {
            if (!own.IsOurs || !own.Record.Name.Equals(question.Name) || !IsAskedFor(own.Record.Type, question.Type))
                continue;
            found = true;
            yield return own;
        }

        if (found || question.Type == RecordType.None)
            yield break;
        foreach (var own in _all)
            if (own.IsOurs && own.Record.Type == RecordType.Nsec && own.Record.Name.Equals(question.Name))
                yield return own;
    }

    /// <summary>
    /// What an asker of this record will want next (RFC 6763 §12): a pointer brings the service, a service its addresses.
    /// </summary>
    public IEnumerable<OwnRecord> Following(DnsRecord record) => record.Body switch
    {
        PointerBody pointer => UnderName(pointer.Target).SelectMany(own => Following(own.Record).Prepend(own)),
        ServerBody server => UnderName(server.Target),
        AddressBody => UnderName(record.Name),
        _ => [],
    };

    /// <summary>RFC 6762 §10.2: a flush bit covers the whole set, so a machine that sends one record of a set sends all of them.</summary>
    public IEnumerable<OwnRecord> SetOf(OwnRecord one) =>
        one.IsShared ? [one] : _all.Where(own => own.Record.Type == one.Record.Type && own.Record.Name.Equals(one.Record.Name));

    /// <summary>§8.2: what a probe for this name proposes.</summary>
    public IEnumerable<DnsRecord> ProposedUnder(DnsName name) =>
        _all.Where(own => !own.IsShared && own.Record.Type != RecordType.Nsec && own.Record.Name.Equals(name)).Select(own => own.Record);

    /// <summary>
    /// §9: whether it differs from this machine's record under a name and type that are to be unique to this machine. A goodbye claims
    /// nothing.
    /// </summary>
    public bool IsContradictedBy(DnsRecord heard)
    {
        if (heard.Ttl == TimeSpan.Zero || heard.Type == RecordType.Nsec)
            return false;
        var isHeld = false;
        foreach (var own in _all)
        {
            if (own.IsShared || own.Record.Type != heard.Type || !own.Record.Name.Equals(heard.Name))
                continue;
            if (own.Record.Says(heard))
                return false;
            isHeld = true;
        }

        return isHeld;
    }

    // The scope of a link-local address is this machine's number for the link: it means nothing to others and is not on the wire.
    private static IPAddress Unscoped(IPAddress address) => new(address.GetAddressBytes());

    private static bool IsAskedFor(RecordType type, RecordType asked) =>
        type == asked || (asked == RecordType.Any && type != RecordType.Nsec);

    // Siblings on this machine publish the same type and perhaps the same host: only what is unique to this process may be withdrawn.
    private void AddService(ServiceProfile profile, OwnName instance, OwnName host)
    {
        if (profile.Addresses.Count > Limits.AddressesPerProfile)
            throw new ArgumentException($"{profile.Addresses.Count} addresses; {Limits.AddressesPerProfile} fit.", nameof(profile));
        if (profile.Subtypes.Count > Limits.SubtypesPerProfile)
            throw new ArgumentException($"{profile.Subtypes.Count} subtypes; {Limits.SubtypesPerProfile} fit.", nameof(profile));
        if (!_instances.Add(instance.Chosen))
            throw new ArgumentException($"The instance '{profile.Instance}' of {profile.ServiceType} is published twice.", nameof(profile));
        var type = DnsName.Parse(profile.ServiceType);
        var pointer = new PointerBody(instance.Chosen);
        var server = new ServerBody(0, 0, profile.Port, host.Chosen);
        Add(new DnsRecord(type, RecordType.Ptr, Flush: false, Timing.OtherTtl, pointer), takenBack: true, instance, host);
        foreach (var subtype in profile.Subtypes.Distinct(StringComparer.OrdinalIgnoreCase))
            Add(new DnsRecord(type.Child("_sub").Child(subtype), RecordType.Ptr, Flush: false, Timing.OtherTtl, pointer),
                takenBack: true, instance, host);
        Add(new DnsRecord(instance.Chosen, RecordType.Srv, Flush: true, Timing.HostTtl, server), takenBack: true, instance, host);
        Add(new DnsRecord(instance.Chosen, RecordType.Txt, Flush: true, Timing.OtherTtl, TextPairs.Write(profile.Text)),
            takenBack: true, instance, host);
        AddAbsences(instance, Timing.OtherTtl);
        var types = new DnsRecord(TypesName, RecordType.Ptr, Flush: false, Timing.OtherTtl, new PointerBody(type));
        if (!_all.Exists(own => own.Record.Says(types)))
            Add(types, takenBack: false, instance, host);
    }

    private void AddHost(OwnName host, List<IPAddress> addresses)
    {
        foreach (var address in addresses)
        {
            var type = address.GetAddressBytes().Length == 4 ? RecordType.A : RecordType.Aaaa;
            Add(new DnsRecord(host.Chosen, type, Flush: true, Timing.HostTtl, new AddressBody(address)), takenBack: false, host);
        }

        AddAbsences(host, Timing.HostTtl);
    }

    private IEnumerable<OwnRecord> UnderName(DnsName name) =>
        _all.Where(own => own.IsOurs && own.Record.Type != RecordType.Nsec && own.Record.Name.Equals(name));

    private void AddAbsences(OwnName name, TimeSpan ttl)
    {
        var present = ProposedUnder(name.Chosen).Select(record => record.Type).Distinct().ToArray();
        Add(new DnsRecord(name.Chosen, RecordType.Nsec, Flush: true, ttl, new PresentTypesBody(present)), takenBack: false, name);
    }

    private void Add(DnsRecord record, bool takenBack, params OwnName[] names) => _all.Add(new OwnRecord(record, takenBack, names));
}
