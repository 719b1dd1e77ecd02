using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gossip.Dns.Messages;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>
/// Answers questions from a snapshot of the cluster: a pure function of that, and of chance. Instances of the own zone come first, and
/// among those of a zone chance decides by their weights, so that askers who take the first one share the load.
/// </summary>
/// <param name="settings">The settings.</param>
/// <param name="random">A number from 0 to 1, for the order of instances.</param>
internal sealed class DnsDirectory(DnsSettings settings, Func<double> random)
{
    /// <summary>Our weights are hundreds where those of SRV are ones.</summary>
    private const int WeightOfOne = 100;

    /// <summary>Letters of a text of a TXT record (RFC 1035 §3.3.14).</summary>
    private const int MostText = 255;

    private const RecordType NameServer = (RecordType)2;
    private const RecordType Alias = (RecordType)5;
    private const RecordType Start = (RecordType)6;

    private readonly DnsName _place = settings.Domain.Child(settings.Datacenter);
    private readonly DnsName _nodes = settings.Domain.Child(settings.Datacenter).Child("node");
    private readonly DnsName _addresses = settings.Domain.Child(settings.Datacenter).Child("addr");

    /// <summary>Answers a question that can be answered.</summary>
    public DnsAnswer Answer(ServiceSnapshot snapshot, in DnsQuestion question)
    {
        var subject = DnsSubject.Of(question.Name, settings.Domain);
        if (subject.Kind is DnsSubjectKind.Foreign)
            return DnsAnswer.Of(DnsCode.Refused);
        if (subject.Kind is DnsSubjectKind.Reverse)
            return Reverse(snapshot, question.Name, subject.Address);
        // The whole domain has one server, whatever name below it is asked for.
        if (question.Type is NameServer or Start && subject.Kind is DnsSubjectKind.Domain or DnsSubjectKind.Service)
            return OfDomain(snapshot, question.Type);
        return subject.Kind switch
        {
            DnsSubjectKind.Service => OfService(snapshot, question, subject),
            DnsSubjectKind.Node => OfNode(snapshot, question, subject),
            DnsSubjectKind.Address => OfAddress(question, subject),
            DnsSubjectKind.Domain => Nothing(snapshot),
            _ => NoName(snapshot),
        };
    }

    private DnsAnswer OfService(ServiceSnapshot snapshot, in DnsQuestion question, DnsSubject subject)
    {
        ServiceInstance[] instances = [.. snapshot.GetInstances(subject.Name).Where(one => IsMeant(one, subject))];
        if (instances.Length == 0)
            return NoName(snapshot);
        var own = Self(snapshot);
        var ordered = instances.Select(one => (Instance: one, IsNear: own?.Zone is null || one.Zone is null || one.Zone == own.Zone))
            .OrderBy(one => one.IsNear ? 0 : 1).ThenByDescending(one => Math.Pow(random(), 1.0 / Math.Max(1, one.Instance.Weight)))
            .ToList();
        var name = question.Name;
        switch (question.Type)
        {
            case RecordType.Srv:
                var targets = ordered.Select(one => (one.Instance, one.IsNear, Target: TargetOf(one.Instance)))
                    .Where(one => one.Target is not null).ToList();
                return targets.Count == 0 ? Nothing(snapshot) : new(
                    DnsCode.NoError,
                    [.. targets.Select(one => Record(name, RecordType.Srv, Server(one.Instance, one.IsNear, one.Target!.Name)))])
                {
                    Further = [.. targets.Select(one => one.Target!.Addresses)],
                    Extra = [.. targets.SelectMany(one => one.Target!.Texts)],
                    IsChoice = true,
                };
            case RecordType.Txt:
                var texts = ordered.Select(one => TextOf(PairsOf(one.Instance))).Where(text => text is not null)
                    .Select(text => Record(name, RecordType.Txt, text!)).Distinct().ToList();
                return texts.Count == 0 ? Nothing(snapshot) : new(DnsCode.NoError, texts) { IsChoice = true };
            default:
                return OfAddresses(snapshot, question, [.. ordered.Select(one => HostOf(one.Instance)).OfType<string>().Distinct()]);
        }
    }

    /// <summary>The addresses; or, where there are only names, the first of them: an alias stands alone (RFC 1034 §3.6.2).</summary>
    private DnsAnswer OfAddresses(ServiceSnapshot snapshot, in DnsQuestion question, IReadOnlyList<string> hosts)
    {
        var (name, type) = (question.Name, question.Type);
        var addresses = hosts.Select(host => IPAddress.TryParse(host, out var address) ? address : null).OfType<IPAddress>().ToList();
        var records = addresses.Select(address => AddressOf(name, address)).Where(record => IsAsked(record.Type, type)).ToList();
        if (records.Count > 0)
            return new(DnsCode.NoError, records) { IsChoice = true };
        return addresses.Count == 0 && hosts.Count > 0 && DnsName.TryParse(hosts[0], out var alias)
            ? new(DnsCode.NoError, [Record(name, Alias, new PointerBody(alias))])
            : Nothing(snapshot);
    }

    private DnsAnswer OfNode(ServiceSnapshot snapshot, in DnsQuestion question, DnsSubject subject)
    {
        var name = question.Name;
        var member = snapshot.Members.Where(IsThere).FirstOrDefault(one =>
            one.Name.Equals(subject.Name, StringComparison.OrdinalIgnoreCase) && IsIn(subject.Place, one.Zone));
        if (member is null)
            return NoName(snapshot);
        var text = Record(name, RecordType.Txt, TextOf(PairsOf(member))!);
        var address = AddressOf(name, member.Address.Address);
        return question.Type switch
        {
            RecordType.Any => new(DnsCode.NoError, [address, text]),
            RecordType.Txt => new(DnsCode.NoError, [text]),
            _ => new(DnsCode.NoError, IsAsked(address.Type, question.Type) ? [address] : []) { Extra = [text] },
        };
    }

    /// <summary>An address that is written as a name is that, whoever has it.</summary>
    private DnsAnswer OfAddress(in DnsQuestion question, DnsSubject subject)
    {
        if (subject.Address is null)
            return new(DnsCode.NoError, []);
        var record = AddressOf(question.Name, subject.Address);
        return new(DnsCode.NoError, IsAsked(record.Type, question.Type) ? [record] : []);
    }

    /// <summary>Of an address that nobody here has others may know more.</summary>
    private DnsAnswer Reverse(ServiceSnapshot snapshot, DnsName name, IPAddress? address)
    {
        if (address is null)
            return DnsAnswer.Of(DnsCode.Refused);
        var names = snapshot.Members.Where(member => IsThere(member) && member.Address.Address.Equals(address))
            .Select(member => NodeName(member.Name)).OfType<DnsName>().Take(1).ToList();
        if (names.Count == 0)
        {
            var text = address.ToString();
            names = [.. snapshot.Services.Where(service => snapshot.GetInstances(service).Any(one => HostOf(one) == text))
                .Select(service => ChildOf(_place.Child("service"), service)).OfType<DnsName>().Take(1)];
        }

        return names.Count == 0
            ? DnsAnswer.Of(DnsCode.Refused)
            : new(DnsCode.NoError, [Record(name, RecordType.Ptr, new PointerBody(names[0]))]);
    }

    private DnsAnswer OfDomain(ServiceSnapshot snapshot, RecordType type)
    {
        if (Self(snapshot) is not { } self || NodeName(self.Name) is not { } server)
            return new(DnsCode.NoError, [StartOf(snapshot)]);
        var ofServer = Record(settings.Domain, NameServer, new PointerBody(server));
        IReadOnlyList<DnsRecord> address = [AddressOf(server, self.Address.Address)];
        return type == Start
            ? new(DnsCode.NoError, [StartOf(snapshot)]) { Authorities = [ofServer], Extra = address }
            : new(DnsCode.NoError, [ofServer]) { Further = [address] };
    }

    private DnsAnswer Nothing(ServiceSnapshot snapshot) => new(DnsCode.NoError, []) { Authorities = [StartOf(snapshot)] };

    private DnsAnswer NoName(ServiceSnapshot snapshot) => new(DnsCode.NameError, []) { Authorities = [StartOf(snapshot)] };

    /// <summary>The SOA of the domain. What there is not may be there in a moment, so that it is kept for no time (RFC 2308 §5).</summary>
    private DnsRecord StartOf(ServiceSnapshot snapshot)
    {
        var numbers = new byte[20];
        uint[] values = [(uint)snapshot.Revision, 3600, 600, 86_400, 0];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(4 * i), values[i]);
        var (server, person) = (settings.Domain.Child("ns"), settings.Domain.Child("hostmaster"));
        return Record(settings.Domain, Start, new OpaqueBody((byte[])[.. server.Wire, .. person.Wire, .. numbers]));
    }

    /// <summary>Where an SRV record points to: the member, where the instance is at its address, else the address itself.</summary>
    private DnsTarget? TargetOf(ServiceInstance instance)
    {
        if (HostOf(instance) is not { } host)
            return null;
        var texts = instance.NodeName is { } node && NodeName(node) is { } named
            ? [Record(named, RecordType.Txt, TextOf(PairsOf(instance.Owner is { Zone.Length: > 0 } one ? one.Zone : null))!)]
            : Array.Empty<DnsRecord>();
        if (!IPAddress.TryParse(host, out var address))
            return DnsName.TryParse(host, out var foreign) ? new(foreign, [], texts) : null;
        var isOfNode = instance.Owner is { } owner && owner.Address.ToIPAddress().Equals(address);
        var name = (isOfNode && instance.NodeName is { } own ? NodeName(own) : null) ?? _addresses.Child(DnsSubject.HexOf(address));
        return new(name, [AddressOf(name, address)], texts);
    }

    private static ServerBody Server(ServiceInstance instance, bool isNear, DnsName target)
    {
        var weight = Math.Clamp((instance.Weight + (WeightOfOne / 2)) / WeightOfOne, 1, ushort.MaxValue);
        return new((ushort)(isNear ? 1 : 2), (ushort)weight, (ushort)instance.Endpoints[0].Port, target);
    }

    private bool IsMeant(ServiceInstance instance, DnsSubject subject) => IsIn(subject.Place, instance.Zone)
        && (subject.Tag is null || instance.Tags.Contains(subject.Tag, StringComparer.OrdinalIgnoreCase));

    private bool IsIn(string? place, string? zone) => place is null || place.Equals(settings.Datacenter, StringComparison.OrdinalIgnoreCase)
        || place.Equals(zone, StringComparison.OrdinalIgnoreCase);

    private static bool IsThere(MemberSnapshot member) => member.State <= MemberState.Suspect;

    private static MemberSnapshot? Self(ServiceSnapshot snapshot) => snapshot.Members.FirstOrDefault(member => member.IsSelf);

    private static string? HostOf(ServiceInstance instance) => instance.Endpoints.Count > 0 ? instance.Endpoints[0].Host : null;

    private static bool IsAsked(RecordType record, RecordType asked) => record == asked || asked == RecordType.Any;

    private DnsName? NodeName(string member) => ChildOf(_nodes, member);

    /// <summary>A name below another one; null for what is no label, or makes the name too long (RFC 1035 §2.3.4).</summary>
    private static DnsName? ChildOf(DnsName parent, string label) =>
        Encoding.UTF8.GetByteCount(label) is > 0 and <= 63 and var bytes && bytes + 1 + parent.Wire.Length <= 255
            ? parent.Child(label)
            : null;

    private DnsRecord AddressOf(DnsName name, IPAddress address) => Record(
        name, address.AddressFamily == AddressFamily.InterNetwork ? RecordType.A : RecordType.Aaaa, new AddressBody(address));

    private DnsRecord Record(DnsName name, RecordType type, RecordBody body) => new(name, type, false, settings.Ttl, body);

    private static IEnumerable<KeyValuePair<string, string>> PairsOf(ServiceInstance instance) =>
        instance.Version is { } version && !instance.Metadata.ContainsKey("version")
            ? instance.Metadata.Append(new("version", version))
            : instance.Metadata;

    private static IEnumerable<KeyValuePair<string, string>> PairsOf(MemberSnapshot member) => PairsOf(member.Zone);

    /// <summary>A member has a zone, or nothing: Consul has a segment in each node's metadata, and clients may look for it.</summary>
    private static IEnumerable<KeyValuePair<string, string>> PairsOf(string? zone) =>
        zone is null ? [new("consul-network-segment", "")] : [new("consul-network-segment", ""), new("zone", zone)];

    /// <summary>Pairs as TXT has them, each <c>key=value</c>; null where there are none.</summary>
    private static TextBody? TextOf(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        using var strings = new MemoryStream();
        foreach (var (key, value) in pairs)
        {
            var bytes = Encoding.UTF8.GetBytes($"{key}={value}");
            if (bytes.Length > MostText)
                continue;
            strings.WriteByte((byte)bytes.Length);
            strings.Write(bytes);
        }

        return strings.Length == 0 ? null : new TextBody(strings.ToArray());
    }
}

/// <summary>Where an SRV record points to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">What it is called there; none for a name of another domain.</param>
/// <param name="Texts">What is said of the member that has it.</param>
internal sealed record DnsTarget(DnsName Name, IReadOnlyList<DnsRecord> Addresses, IReadOnlyList<DnsRecord> Texts);
