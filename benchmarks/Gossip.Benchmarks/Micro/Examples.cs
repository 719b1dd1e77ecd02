using System.Globalization;
using System.Net;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Micro;

/// <summary>Members and records as services have them.</summary>
internal static class Examples
{
    private static readonly StringPool Strings = new();

    public static ServiceRecord Record(int number, string revision = "0") => new()
    {
        InstanceId = $"payments-host{number}-3f9a",
        Service = $"service-{number % 8}",
        Version = "2.4.1",
        Endpoints = [new ServiceEndpoint("https", "https", Address(number).ToIPAddress().ToString(), 5001)],
        Tags = ["canary"],
        Metadata = new Dictionary<string, string> { ["revision"] = revision },
    };

    public static PeerAddress Address(int number) =>
        PeerAddress.From(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]), 7390);

    public static MemberId Id(int number) => new(StableHash.Mix((ulong)number + 1));

    public static MemberProfile Profile(int number)
    {
        PacketReader.TryAlive(Alive(number), out var alive);
        return alive.ToProfile(Strings);
    }

    public static byte[] Alive(int number)
    {
        var buffer = new byte[512];
        var writer = new PacketWriter(buffer);
        writer.TryAlive(Id(number), new Incarnation(1_763_600_000_000_000), Address(number), Name(number), "zone-a", Node.ProtocolVersion);
        return buffer[..writer.Length];
    }

    public static byte[] Payload(ServiceRecord record)
    {
        var buffer = new byte[Limits.RecordBytes];
        RecordCodec.TryWrite(record, buffer, out var written);
        return buffer[..written];
    }

    public static Member Member(int number)
    {
        var profile = Profile(number);
        return new Member(profile, new Claim(profile.Incarnation, MemberState.Alive), Instant.Start);
    }

    public static NodeOptions Options() => new()
    {
        Id = new MemberId(ulong.MaxValue),
        SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill,
        Incarnation = new Incarnation(1_763_600_000_000_000),
        Name = "bench",
        Address = PeerAddress.From(IPAddress.Parse("10.255.0.1"), 7390),
    };

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"payments-host{number}-3f9a");
}
