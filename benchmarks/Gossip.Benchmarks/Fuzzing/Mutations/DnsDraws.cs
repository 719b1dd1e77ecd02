using System.Net;
using System.Text;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Mutations;

/// <summary>Messages as some machine of the link might send them, about names that a machine under test has, wants or browses.</summary>
internal static class DnsDraws
{
    public const string Type = "_gossip._udp.local";
    public const string Subtype = "_canary._sub._gossip._udp.local";
    public const string Instance = "orders";
    public const string Host = "orders-host.local";

    private static readonly DnsName TypeName = DnsName.Parse(Type);

    private static readonly DnsName[] Names =
    [
        TypeName, DnsName.Parse(Subtype), TypeName.Child(Instance), TypeName.Child($"{Instance} (2)"), TypeName.Child("payments"),
        DnsName.Parse(Host), DnsName.Parse("orders-host-2.local"), DnsName.Parse("payments.local"),
        DnsName.Parse("_services._dns-sd._udp.local"),
        DnsName.Root, TypeName.Child(new string('x', 63)), DnsName.Parse("local"), TypeName.Child("a.b").Child("c"),
    ];

    private static readonly RecordType[] Types =
        [RecordType.None, RecordType.A, RecordType.Ptr, RecordType.Txt, RecordType.Aaaa, RecordType.Srv, RecordType.Nsec, RecordType.Any];

    private static readonly uint[] Lives = [0, 1, 2, 75, 120, 4_500, 4_501, int.MaxValue, uint.MaxValue];

    public static DnsName Name(Randomness randomness) => Names[randomness.Below(Names.Length)];

    public static byte[] Message(Randomness randomness)
    {
        var packet = new byte[Dns.Limits.WritePacketBytes];
        var isResponse = randomness.Chance(0.6);
        var writer = new DnsWriter(packet, randomness.Chance(0.9) ? (ushort)0 : (ushort)randomness.Next());
        for (var left = randomness.Below(isResponse ? 2 : 4); left > 0; left--)
            writer.TryAddQuestion(new DnsQuestion(Name(randomness), Types[randomness.Below(Types.Length)], randomness.Chance(0.3)));
        for (var left = randomness.Below(isResponse ? 6 : 3); left > 0; left--)
            writer.TryAddAnswer(Record(randomness));
        for (var left = randomness.Below(isResponse ? 1 : 4); left > 0; left--)
            writer.TryAddAuthority(Record(randomness));
        for (var left = randomness.Below(4); left > 0; left--)
            writer.TryAddAdditional(Record(randomness));
        var flags = isResponse ? DnsFlags.Response | DnsFlags.Authoritative : DnsFlags.None;
        return packet[..writer.Finish(randomness.Chance(0.9) ? flags : flags | DnsFlags.Truncated)];
    }

    /// <summary>One of the machines of the link, or one that asks from another port than that of mDNS.</summary>
    public static IPEndPoint Place(Randomness randomness) =>
        new(new IPAddress([10, 0, 0, (byte)(1 + randomness.Below(8))]), randomness.Chance(0.8) ? MulticastDns.Port : 999);

    private static DnsRecord Record(Randomness randomness)
    {
        // Of one type a third are pointers to an instance, without which nothing else is kept.
        var (type, body) = randomness.Below(6) switch
        {
            0 or 1 => (RecordType.Ptr, (RecordBody)new PointerBody(Name(randomness))),
            2 => (RecordType.Srv, new ServerBody(0, 0, (ushort)randomness.Next(), Name(randomness))),
            3 => (RecordType.Txt, new TextBody(Text(randomness))),
            4 => (RecordType.A, new AddressBody(new IPAddress([10, 0, 0, (byte)randomness.Below(4)]))),
            _ => (RecordType.Nsec, new OpaqueBody(ByteMutation.Noise(20, randomness))),
        };
        var life = TimeSpan.FromSeconds(Lives[randomness.Below(Lives.Length)]);
        return new DnsRecord(Name(randomness), type, randomness.Chance(0.5), life, body);
    }

    private static byte[] Text(Randomness randomness)
    {
        var pair = randomness.Chance(0.5) ? Encoding.UTF8.GetBytes($"key{randomness.Below(3)}=value") : ByteMutation.Noise(200, randomness);
        return [(byte)pair.Length, .. pair];
    }
}
