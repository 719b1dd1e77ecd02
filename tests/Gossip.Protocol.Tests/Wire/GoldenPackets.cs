using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>
/// Fixed packets, their bytes and their meaning, kept in docs/vectors for whoever writes the protocol in another language. What is written
/// here must be those bytes, and what is read from them that meaning; a script for Node.js, which shares no code with this, says the same.
/// </summary>
public sealed class GoldenPackets
{
    private const string Approve = "GOSSIP_APPROVE";

    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly PeerAddress IPv4 = PeerAddress.From(IPAddress.Parse("192.0.2.7"), 7390);
    private static readonly PeerAddress IPv6 = PeerAddress.From(IPAddress.Parse("2001:db8::7"), 7391);
    private static readonly MemberId One = new(0x0123_4567_89AB_CDEF);
    private static readonly MemberId Two = new(0xFEDC_BA98_7654_3210);
    private static readonly Incarnation Started = new(1_763_600_000_000_000);
    private static readonly Testimony Word = new(One, Evidence.RelayedSilence, 3, TimeSpan.FromMicroseconds(1_250));

    private static readonly ServiceRecord Plain = new()
    {
        InstanceId = "payments-1",
        Service = "payments",
        State = ServiceState.Ready,
        Weight = 100,
    };

    private static readonly ServiceRecord Whole = Plain with
    {
        Version = "2.1.0",
        State = ServiceState.Degraded,
        Endpoints = [new("http", "https", "192.0.2.7", 8443), new("api", "https", "api.example.org", 443) { Protocol = "grpc" }],
        Tags = ["canary", "größe"],
        Metadata = new Dictionary<string, string> { ["team"] = "blue" },
        Reason = "disk is slow",
        Zone = "zone-a",
        Region = "eu",
        Environment = "production",
        Host = "host-1",
        DependsOn = ["ledger"],
        AuthorizedRoles = ["orders"],
    };

    private static readonly ServiceRecord Leased = Plain with
    {
        Lease = new ServiceLease { Agent = "host-1", Time = TimeSpan.FromSeconds(10) },
    };

    private delegate bool Writing(ref PacketWriter writer);

    private static (string Name, Writing Write)[] Packets =>
    [
        ("ping", static (ref PacketWriter to) => to.TryPing(new Ping(40_000, 0x0BAD_CAFE, One, 0x7654_3210, 0xDEAD_BEEF))),
        ("ping to nobody", static (ref PacketWriter to) => to.TryPing(new Ping(1, 2, One, 0, 0))),
        ("ack", static (ref PacketWriter to) => to.TryAck(new Ack(40_000, 0x0BAD_CAFE, 0x7654_3210, 0xDEAD_BEEF, 17))),
        ("ack that tells an address", static (ref PacketWriter to) => to.TryAck(new Ack(1, 2, 0x7654_3210, 0, 0, IPv6))),
        ("ping-request", static (ref PacketWriter to) => to.TryPingRequest(new PingRequest(300, 0x0BAD_CAFE, One, Two, IPv4))),
        ("nack", static (ref PacketWriter to) => to.TryNack(300, 0x0BAD_CAFE)),
        ("alive", static (ref PacketWriter to) => to.TryAlive(One, Started, IPv4, "payments-host-1", "zone-a", 1)),
        ("alive over IPv6 in no zone", static (ref PacketWriter to) => to.TryAlive(Two, Started, IPv6, "größe", "", 1)),
        ("suspect", static (ref PacketWriter to) => to.TryAccusation(new Accusation(Two, new Claim(Started, MemberState.Suspect), Word))),
        ("dead", static (ref PacketWriter to) => to.TryAccusation(
            new Accusation(Two, new Claim(Started, MemberState.Dead), new Testimony(One, Evidence.Refused)))),
        ("left", static (ref PacketWriter to) => to.TryAccusation(new Accusation(Two, new Claim(Started, MemberState.Left), default))),
        ("delta", static (ref PacketWriter to) => to.TryDelta(
            One, 1, 5, 1, [Entry(Plain, 2), Entry(Whole, 4), new DeltaEntry("gone", 5, null, default)])),
        ("delta of an agent", static (ref PacketWriter to) => to.TryDelta(One, 6, 7, 1, [Entry(Leased, 7)])),
        ("delta for one that missed deletions", static (ref PacketWriter to) => to.TryDelta(One, 900, 902, 901, [Entry(Plain, 902)], [3, 700])),
        ("summary", static (ref PacketWriter to) => to.TrySummary(
            2, 0xAB00_0000_0000_0000, [.. Enumerable.Range(0, 16).Select(part => (uint)part << (2 * part))])),
        ("digest", static (ref PacketWriter to) => to.TryDigest(
            0, 0, [new(One, new(Started, MemberState.Alive), 4), new(Two, new(Started, MemberState.Suspect), 0)])),
        ("want", static (ref PacketWriter to) => to.TryWant([new(One, 4), new(Two, 0)])),
        ("want of nothing", static (ref PacketWriter to) => to.TryWant([])),
        ("notice", static (ref PacketWriter to) => to.TryNotice(One, 1UL << 40)),
        ("loads", static (ref PacketWriter to) => to.TryLoads([new(One, 9, TimeSpan.FromMilliseconds(250), new Load(120, 15, 85))])),
        ("inspect", static (ref PacketWriter to) => to.TryInspect(new Inspect(40_000, 0x0BAD_CAFE, One, 0x7654_3210, 2, 1UL << 33))),
        ("inspected", static (ref PacketWriter to) => to.TryInspected(new Inspected
        {
            Sequence = 40_000, Token = 0x0BAD_CAFE, Outcome = InspectionOutcome.Answered, Content = "{\"a\":1}"u8,
        })),
        ("inspected by one that is busy", static (ref PacketWriter to) => to.TryInspected(new Inspected
        {
            Sequence = 40_000, Token = 0x0BAD_CAFE, Outcome = InspectionOutcome.Busy, Content = [],
        })),
        ("a probe and what rides on it", static (ref PacketWriter to) => to.TryPing(new Ping(2, 3, One, 0x7654_3210, 7))
            && to.TryAlive(One, Started, IPv4, "payments-host-1", "zone-a", 1) && to.TryNotice(One, 6)),
        ("what a later version might send", static (ref PacketWriter to) => to.TryMessage([0x95, 0x04, 0x07, 0x05, 0xC3, 0x81, 0xA1, 0x61, 0x90])
            && to.TryMessage([0x92, 0x63, 0xC0]) && to.TryNack(8, 9)),
    ];

    [Theory]
    [InlineData("clear", false)]
    [InlineData("sealed", true)]
    public void The_packets_and_their_meaning_are_those_of_the_documentation(string name, bool isSealed)
    {
        var actual = JsonSerializer.Serialize(new JsonObject
        {
            ["cluster"] = "default",
            ["key"] = isSealed ? Convert.ToBase64String(Key) : null,
            ["packets"] = new JsonArray([.. Packets.Select(packet => Packet(packet.Name, packet.Write, isSealed ? Key : null))]),
        }, Indented).ReplaceLineEndings("\n") + "\n";
        var file = Path.Combine(Vectors(), name + ".json");
        if (Environment.GetEnvironmentVariable(Approve) == "1")
            File.WriteAllText(file, actual);
        Assert.True(File.ReadAllText(file).ReplaceLineEndings("\n") == actual,
            $"{file} says otherwise. If the wire is meant to change, run "
            + $"`{Approve}=1 dotnet test --filter FullyQualifiedName~{nameof(GoldenPackets)}`.");
    }

    [OracleFact(OracleFactAttribute.Node)]
    public void Another_language_reads_the_same_meaning()
    {
        var (code, output) = OracleFactAttribute.Run(OracleFactAttribute.Node, Path.Combine(Vectors(), "check.mjs"));
        Assert.True(code == 0, output);
        Assert.Contains($"{2 * Packets.Length} packets", output, StringComparison.Ordinal);
    }

    private static JsonObject Packet(string name, Writing write, byte[]? key)
    {
        var body = new byte[Limits.DatagramSize];
        var writer = new PacketWriter(body);
        Assert.True(write(ref writer), name);
        var envelope = Envelopes.Make("default", key, 1);
        var frame = Foreign.FrameOf(envelope, body.AsSpan(0, writer.Length));
        Assert.True(envelope.TryOpen(frame, out var opened, out _), name);
        var messages = new JsonArray();
        var reader = new PacketReader(opened.Body);
        while (reader.TryNext(out var type, out var message))
            messages.Add(Meaning.Of(type, message));
        Assert.True(reader.IsAtEnd, name);
        return new JsonObject { ["name"] = name, ["frame"] = Convert.ToHexStringLower(frame), ["messages"] = messages };
    }

    private static DeltaEntry Entry(ServiceRecord record, ulong version) =>
        new(record.InstanceId, version, Sample.Payload(record), default);

    private static string Vectors()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gossip.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Gossip.sln is nowhere above the tests.");
        return Path.Combine(folder.FullName, "docs", "vectors");
    }
}
