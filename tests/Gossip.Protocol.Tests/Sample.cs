using System.Net;

namespace Gossip.Protocol.Tests;

/// <summary>Draws values of the protocol, the awkward ones often.</summary>
internal static class Sample
{
    private static readonly ulong[] Edges =
        [0, 1, 127, 128, 255, 256, 65_535, 65_536, uint.MaxValue, uint.MaxValue + 1UL, long.MaxValue, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue];

    private static readonly string[] Letters = ["a", "Z", "7", "-", ".", "ä", "ß", "漢", "字", "🐝", "é", " "];

    public static ulong UInt64(Randomness randomness) =>
        randomness.Chance(0.5) ? Edges[randomness.Below(Edges.Length)] : randomness.Next() >> randomness.Below(64);

    public static uint UInt32(Randomness randomness) => (uint)UInt64(randomness);

    public static ulong Version(Randomness randomness) => 1 + (UInt64(randomness) % ((1UL << 60) - 2));

    public static MemberId Id(Randomness randomness) => new(Math.Max(1, UInt64(randomness)));

    public static Incarnation Incarnation(Randomness randomness) => new(1 + (UInt64(randomness) % (Limits.Incarnation - 1)));

    public static Claim Claim(Randomness randomness) => new(Incarnation(randomness), (MemberState)randomness.Below(4));

    /// <summary>A name of 1 to <paramref name="maxBytes"/> bytes.</summary>
    public static string Name(Randomness randomness, int maxBytes)
    {
        var text = "n";
        var wanted = 1 + randomness.Below(maxBytes);
        while (true)
        {
            var longer = text + Letters[randomness.Below(Letters.Length)];
            if (System.Text.Encoding.UTF8.GetByteCount(longer) > wanted)
                return text;
            text = longer;
        }
    }

    public static byte[] Bytes(Randomness randomness, int count)
    {
        var bytes = new byte[count];
        foreach (ref var one in bytes.AsSpan())
            one = (byte)randomness.Next();
        return bytes;
    }

    /// <summary>A unicast address, IPv4 or IPv6, with a port.</summary>
    public static PeerAddress Address(Randomness randomness)
    {
        var bytes = Bytes(randomness, randomness.Chance(0.5) ? 4 : 16);
        bytes[0] = (byte)(1 + randomness.Below(223));
        return PeerAddress.From(new IPAddress(bytes), 1 + randomness.Below(ushort.MaxValue));
    }

    public static ServiceRecord Record(Randomness randomness, string instance) => new()
    {
        InstanceId = instance,
        Service = Name(randomness, Limits.NameBytes),
        Version = randomness.Chance(0.3) ? "" : Name(randomness, Limits.NameBytes),
        State = (ServiceState)randomness.Below(5),
        Weight = randomness.Below(10_001),
        Endpoints = Many(randomness, 4, () => new ServiceEndpoint(
            Name(randomness, 20), "https", randomness.Chance(0.5) ? "api.example.org" : Address(randomness).ToIPAddress().ToString(), 1 + randomness.Below(65_535))
        {
            Protocol = MaybeName(randomness, 20),
        }),
        Tags = Many(randomness, 4, () => Name(randomness, 40)),
        Metadata = Many(randomness, 4, () => KeyValuePair.Create(Name(randomness, 40), Name(randomness, 300))).DistinctBy(pair => pair.Key).ToDictionary(),
        Reason = MaybeName(randomness, Limits.ReasonBytes),
        Zone = MaybeName(randomness, Limits.ZoneBytes),
        Region = MaybeName(randomness, Limits.NameBytes),
        Environment = MaybeName(randomness, Limits.NameBytes),
        Host = MaybeName(randomness, Limits.HostBytes),
        DependsOn = Many(randomness, 3, () => Name(randomness, 40)),
        AuthorizedRoles = Many(randomness, 3, () => Name(randomness, 40)),
        Lease = randomness.Chance(0.7) ? null : new ServiceLease
        {
            Agent = Name(randomness, Limits.NameBytes), Time = TimeSpan.FromMilliseconds(1_000 + randomness.Below(3_599_001)),
        },
    };

    /// <summary>A record that says something in every element, so that what follows is of a later version.</summary>
    public static ServiceRecord Whole(ServiceRecord record) => record with { Lease = new ServiceLease { Agent = "any" } };

    private static string MaybeName(Randomness randomness, int maxBytes) => randomness.Chance(0.7) ? "" : Name(randomness, maxBytes);

    /// <summary>The bytes of a record, as its owner writes them.</summary>
    public static byte[] Payload(ServiceRecord record)
    {
        var buffer = new byte[Limits.RecordBytes];
        Assert.True(RecordCodec.TryWrite(record, buffer, out var written));
        return buffer[..written];
    }

    /// <summary>A small record that tells apart every write of its owner.</summary>
    public static ServiceRecord Numbered(string instance, int number) => new() { InstanceId = instance, Service = "orders", Weight = number % 10_001 };

    public static NodeOptions Options(int number = 1) => new()
    {
        Id = new MemberId((ulong)number),
        SecureRandom = new Randomness((ulong)number).Fill,
        Incarnation = new Incarnation(1_000_000),
        Name = $"node-{number}",
        Address = PeerAddress.From(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]), 7390),
    };

    public static MemberProfile Profile(MemberId id, Incarnation incarnation, PeerAddress address, string name = "other") =>
        MemberProfile.Of(id, incarnation, address, name, "");

    public static Member Member(MemberId id, Claim claim, PeerAddress address) => new(Profile(id, claim.Incarnation, address), claim, Instant.Start);

    private static T[] Many<T>(Randomness randomness, int most, Func<T> draw) => [.. Enumerable.Range(0, randomness.Below(most + 1)).Select(_ => draw())];
}
