using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Gossip.Dns.Messages;

[assembly: Properties(Arbitrary = [typeof(Gossip.Dns.Tests.Messages.Inputs)])]

namespace Gossip.Dns.Tests.Messages;

/// <summary>The four sections of a message, of which not all may fit into a packet.</summary>
internal sealed record Sections(
    List<DnsQuestion> Questions, List<DnsRecord> Answers, List<DnsRecord> Authorities, List<DnsRecord> Additionals);

/// <summary>1 to 63 bytes, of any value.</summary>
internal sealed record LabelBytes(byte[] Bytes);

/// <summary>Generators of everything the codec writes.</summary>
internal static class Inputs
{
    private static readonly Gen<string> Letters = Gen.Elements("a", "B", "z", "0", "-", "_", ".", "\\", " ", "é", "漢", "🦊", "\u0007");

    public static readonly Gen<string> Label =
        from letters in Letters.NonEmptyListOf()
        select Cut(string.Concat(letters));

    // Few distinct tails, so that compression has something to find.
    public static readonly Gen<DnsName> Name =
        from tail in Gen.Elements("local", "_gossip._udp.local", "_services._dns-sd._udp.local", ".")
        from labels in Label.ListOf()
        select labels.Take(4).Aggregate(DnsName.Parse(tail), (name, label) => name.Wire.Length > 150 ? name : name.Child(label));

    private static readonly Gen<RecordBody> Body = Gen.OneOf(
        Name.Select(RecordBody (name) => new PointerBody(name)),
        from priority in Word from weight in Word from port in Word from name in Name
        select (RecordBody)new ServerBody(priority, weight, port, name),
        from strings in Label.ListOf()
        select (RecordBody)new TextBody(strings.SelectMany(one => Encoding.UTF8.GetBytes(one).Prepend((byte)Encoding.UTF8.GetByteCount(one))).ToArray()),
        Bytes(4).Select(RecordBody (bytes) => new AddressBody(new IPAddress(bytes))),
        Bytes(16).Select(RecordBody (bytes) => new AddressBody(new IPAddress(bytes))),
        from length in Gen.Choose(0, 40) from bytes in Bytes(length) select (RecordBody)new OpaqueBody(bytes));

    public static readonly Gen<DnsRecord> Record =
        from name in Name from flush in Gen.Elements(true, false) from ttl in Gen.Choose(0, int.MaxValue) from body in Body
        select new DnsRecord(name, TypeOf(body), flush, TimeSpan.FromSeconds(ttl), body);

    public static readonly Gen<DnsQuestion> Question =
        from name in Name from type in Gen.Elements(RecordType.A, RecordType.Ptr, RecordType.Any) from unicast in Gen.Elements(true, false)
        select new DnsQuestion(name, type, unicast);

    public static Arbitrary<DnsName> Names() => Name.ToArbitrary();

    public static Arbitrary<LabelBytes> Labels() =>
        (from length in Gen.Choose(1, 63) from bytes in Bytes(length) select new LabelBytes(bytes)).ToArbitrary();

    public static Arbitrary<Sections> AllSections() => (
        from questions in Question.ListOf() from answers in Record.ListOf()
        from authorities in Record.ListOf() from additionals in Record.ListOf()
        select new Sections([.. questions.Take(6)], [.. answers.Take(6)], [.. authorities.Take(3)], [.. additionals.Take(6)]))
        .ToArbitrary();

    private static Gen<ushort> Word => Gen.Choose(0, ushort.MaxValue).Select(word => (ushort)word);

    public static Gen<byte[]> Bytes(int count) => Gen.Choose(0, 255).Select(one => (byte)one).ArrayOf(count);

    private static RecordType TypeOf(RecordBody body) => body switch
    {
        PointerBody => RecordType.Ptr,
        ServerBody => RecordType.Srv,
        TextBody => RecordType.Txt,
        AddressBody address => address.Address.GetAddressBytes().Length == 4 ? RecordType.A : RecordType.Aaaa,
        _ => (RecordType)13,
    };

    private static string Cut(string label)
    {
        while (Encoding.UTF8.GetByteCount(label) > Limits.LabelBytes)
            label = label[..(label.Length / 2)].TrimEnd('\ud83e');
        return label;
    }
}
