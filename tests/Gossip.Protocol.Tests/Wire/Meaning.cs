using System.Globalization;
using System.Text.Json.Nodes;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>
/// What a message says, field by field, as JSON. Numbers of 64 bits are texts, since JSON's readers round them; what a message leaves out
/// has the value that it then means.
/// </summary>
internal static class Meaning
{
    public static JsonObject Of(MessageType type, ReadOnlySpan<byte> message)
    {
        var read = type switch
        {
            MessageType.Ping => PacketReader.TryPing(message, out var ping) ? Of(ping) : null,
            MessageType.Ack => PacketReader.TryAck(message, out var ack) ? Of(ack) : null,
            MessageType.PingRequest => PacketReader.TryPingRequest(message, out var request) ? Of(request) : null,
            MessageType.Nack => PacketReader.TryNack(message, out var sequence, out var token)
                ? Named("nack", ("sequence", sequence), ("token", token)) : null,
            MessageType.Alive => PacketReader.TryAlive(message, out var alive) ? Of(alive.ToProfile(new StringPool())) : null,
            MessageType.Suspect or MessageType.Dead or MessageType.Left =>
                PacketReader.TryAccusation(type, message, out var accusation) ? Of(accusation) : null,
            MessageType.Delta => PacketReader.TryDelta(message, out var delta) ? Of(delta) : null,
            MessageType.Summary => PacketReader.TrySummary(message, out var summary) ? Named(
                "summary", ("depth", summary.Depth), ("prefix", Text(summary.Prefix)),
                ("hashes", Array(summary.Hashes, hash => hash))) : null,
            MessageType.Digest => PacketReader.TryDigest(message, out var digest) ? Of(digest) : null,
            MessageType.Want => PacketReader.TryWant(message, out var entries) ? Named(
                "want", ("entries", Array(entries, entry => Object(
                    ("id", Text(entry.Member.Value)), ("version", Text(entry.Version)))))) : null,
            MessageType.Notice => PacketReader.TryNotice(message, out var owner, out var version)
                ? Named("notice", ("owner", Text(owner.Value)), ("version", Text(version))) : null,
            MessageType.Loads => Loads(message),
            MessageType.Inspect => PacketReader.TryInspect(message, out var asked) ? Named(
                "inspect", ("sequence", asked.Sequence), ("token", asked.Token), ("sender", Text(asked.Sender.Value)),
                ("targetTag", asked.TargetTag), ("topic", asked.Topic), ("since", Text(asked.Since))) : null,
            MessageType.Inspected => PacketReader.TryInspected(message, out var answer) ? Named(
                "inspected", ("sequence", answer.Sequence), ("token", answer.Token), ("outcome", Word(answer.Outcome)),
                ("content", Convert.ToHexStringLower(answer.Content))) : null,
            _ => Named("unknown"),
        };
        Assert.NotNull(read);
        return read;
    }

    private static JsonObject Of(in Ping ping) => Named("ping", ("sequence", ping.Sequence), ("token", ping.Token), ("sender", Text(ping.Sender.Value)),
        ("targetTag", ping.TargetTag), ("digest", ping.Digest));

    private static JsonObject Of(in Ack ack) => Named("ack", ("sequence", ack.Sequence), ("token", ack.Token),
        ("responderTag", ack.ResponderTag), ("digest", ack.Digest), ("held", Text(ack.Held)), ("address", ack.SeenAs == default ? null : Text(ack.SeenAs)));

    private static JsonObject Of(in PingRequest request) => Named("ping-request", ("sequence", request.Sequence), ("token", request.Token),
        ("sender", Text(request.Sender.Value)), ("target", Text(request.Target.Value)), ("address", Text(request.TargetAddress)));

    private static JsonObject Of(MemberProfile profile) => Named("alive", ("id", Text(profile.Id.Value)),
        ("incarnation", Text(profile.Incarnation.Value)),
        ("address", Text(profile.Address)), ("name", profile.Name), ("zone", profile.Zone), ("protocolVersion", profile.ProtocolVersion));

    private static JsonObject Of(in Accusation accusation)
    {
        var told = Named(Word(accusation.Claim.State),
            ("id", Text(accusation.Member.Value)), ("incarnation", Text(accusation.Claim.Incarnation.Value)));
        if (accusation.Claim.State == MemberState.Left)
            return told;
        var testimony = accusation.Testimony;
        told["accuser"] = Text(testimony.Accuser.Value);
        told["evidence"] = testimony.Evidence == Evidence.RelayedSilence ? "relayed silence" : Word(testimony.Evidence);
        told["localHealth"] = testimony.LocalHealth;
        told["roundTripMicroseconds"] = (long)(testimony.RoundTrip?.TotalMicroseconds ?? 0);
        return told;
    }

    private static JsonObject Of(in Delta delta) => Named("delta", ("owner", Text(delta.Owner.Value)), ("from", Text(delta.From)),
        ("to", Text(delta.To)), ("floor", Text(delta.Floor)), ("entries", Array(delta.Entries, entry => Object(
            ("key", entry.Key), ("version", Text(entry.Version)),
            ("record", entry.Payload is null ? null : Record(entry.Key, entry.Payload))))),
        ("kept", delta.Kept is null ? null : Array(delta.Kept, version => Text(version))));

    private static JsonObject Of(in Digest digest) => Named("digest", ("depth", digest.Depth), ("prefix", Text(digest.Prefix)),
        ("entries", Array(digest.Entries, entry => Object(("id", Text(entry.Member.Value)),
            ("incarnation", Text(entry.Claim.Incarnation.Value)),
            ("state", Word(entry.Claim.State)), ("version", Text(entry.Version))))));

    private static JsonObject? Loads(ReadOnlySpan<byte> message)
    {
        var reports = new List<LoadReport>();
        return !PacketReader.TryLoads(message, reports) ? null : Named("loads", ("entries", Array(reports, report => Object(
            ("id", Text(report.Member.Value)), ("sequence", report.Sequence), ("ageMs", (int)report.Age.TotalMilliseconds),
            ("inFlight", report.Load.InFlight), ("queueDelayMs", report.Load.QueueDelayMs), ("cpuPercent", report.Load.CpuPercent)))));
    }

    private static JsonObject Record(string key, byte[] payload)
    {
        Assert.True(RecordCodec.TryRead(key, payload, out var record));
        var meaning = Object(("service", record.Service), ("version", record.Version ?? ""), ("state", Word(record.State)), ("weight", record.Weight),
            ("endpoints", Array(record.Endpoints, endpoint => Object(
                ("name", endpoint.Name), ("scheme", endpoint.Scheme), ("host", endpoint.Host), ("port", endpoint.Port), ("protocol", endpoint.Protocol ?? "")))),
            ("tags", Array(record.Tags, tag => tag)),
            ("metadata", Object([.. record.Metadata.Select(pair => (pair.Key, (JsonNode?)pair.Value))])),
            ("reason", record.Reason ?? ""), ("zone", record.Zone ?? ""), ("region", record.Region ?? ""), ("environment", record.Environment ?? ""),
            ("host", record.Host ?? ""),
            ("dependsOn", Array(record.DependsOn, name => name)), ("authorizedRoles", Array(record.AuthorizedRoles, name => name)));
        if (record.Lease is { } lease)
            meaning["lease"] = Object(("agent", lease.Agent), ("milliseconds", (long)lease.Time.TotalMilliseconds));
        return meaning;
    }

    private static JsonObject Named(string type, params (string, JsonNode?)[] fields) => Object([("type", type), .. fields]);

    private static JsonObject Object(params (string Name, JsonNode? Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode> of) => [.. items.Select(of)];

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(PeerAddress address) => address.ToString();

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
