using System.Buffers.Binary;
using System.Text.Json;
using Gossip.Simulation;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Another implementation of MessagePack reads what a cluster says, and reads the same.</summary>
public sealed class PythonOracle
{
    /// <summary>Reads frames, each behind its length, and tells each as one line of JSON; what is binary as hex.</summary>
    private const string Script = """
        import json, msgpack, struct, sys
        def plain(value):
            if isinstance(value, bytes): return {"bin": value.hex()}
            if isinstance(value, dict): return {"map": [[plain(k), plain(v)] for k, v in value.items()]}
            if isinstance(value, list): return [plain(one) for one in value]
            if isinstance(value, int): return str(value)
            return value
        with open(sys.argv[1], "rb") as file:
            while head := file.read(4):
                size = struct.unpack(">I", head)[0]
                frame = file.read(size)
                unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
                unpacker.feed(frame)
                values = [plain(value) for value in unpacker]
                assert unpacker.tell() == size, "bytes are left over"
                print(json.dumps(values))
        """;

    private static readonly byte[] Key = new byte[32];

    [OracleFact(OracleFactAttribute.Python)]
    public void Python_reads_every_message_that_a_cluster_sends()
    {
        var frames = Captured(null);
        var told = Told(frames);
        Assert.Equal(frames.Count, told.Count);
        var types = new Dictionary<int, int>();
        foreach (var (frame, values) in frames.Zip(told))
        {
            Assert.Equal(["2", Envelope.ClusterId("default").ToString(), "0"], values[0].EnumerateArray().Take(3).Select(one => one.GetString()));
            var ours = Messages(frame);
            Assert.Equal(ours.Count, values.GetArrayLength() - 1);
            for (var i = 0; i < ours.Count; i++)
            {
                AssertSame(ours[i], values[i + 1]);
                types[ours[i][1]] = types.GetValueOrDefault(ours[i][1]) + 1;
            }
        }

        Assert.Equal(Enumerable.Range(1, 14).Except([13]), types.Keys.Except([13]).Order());
    }

    [OracleFact(OracleFactAttribute.Python)]
    public void Python_reads_the_head_of_a_sealed_frame_and_sees_one_binary_behind_it()
    {
        var frames = Captured(Key);
        foreach (var (frame, values) in frames.Zip(Told(frames)))
        {
            Assert.Equal(2, values.GetArrayLength());
            var head = values[0];
            Assert.Equal(["2", Envelope.ClusterId("default").ToString(), SealingKey.IdOf(Key).ToString()], head.EnumerateArray().Take(3).Select(one => one.GetString()));
            Assert.Equal(24, head[3].GetProperty("bin").GetString()!.Length);
            Assert.EndsWith(values[1].GetProperty("bin").GetString()!, Convert.ToHexStringLower(frame), StringComparison.Ordinal);
        }
    }

    private static List<byte[]> Captured(byte[]? key)
    {
        using var world = new World(3);
        var frames = new List<byte[]>();
        world.Network.Tap = (_, _, _, packet) => frames.Add(packet);
        world.AddCluster(20, options => options with { Zone = "zürich", Key = key });
        var randomness = new Randomness(4);
        foreach (var node in world.Nodes)
            node.Register(Sample.Record(randomness, "orders-漢字"));
        world.RunFor(TimeSpan.FromSeconds(1));
        foreach (var node in world.Nodes)
            node.ReportLoad(new Load(randomness.Below(70_000), randomness.Below(500), randomness.Below(101)));
        world.RunFor(TimeSpan.FromSeconds(1));
        world.Nodes[3].Crash(withHost: true);
        world.Nodes[4].Leave();
        world.Nodes[5].Deregister("orders-漢字");
        // News that nobody hears leave a difference, for summaries to find.
        world.Network.Loss = 1;
        world.Nodes[6].Register(Sample.Record(randomness, "missed"));
        world.RunFor(TimeSpan.FromSeconds(0.5));
        world.Network.Loss = 0.3;
        world.RunFor(TimeSpan.FromSeconds(20));
        return frames;
    }

    private static List<JsonElement> Told(List<byte[]> frames)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.Create(path))
            {
                var length = new byte[4];
                foreach (var frame in frames)
                {
                    BinaryPrimitives.WriteInt32BigEndian(length, frame.Length);
                    file.Write(length);
                    file.Write(frame);
                }
            }

            var (code, output) = OracleFactAttribute.Run(OracleFactAttribute.Python, "-c", Script, path);
            Assert.True(code == 0, output);
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<byte[]> Messages(byte[] frame)
    {
        var messages = new List<byte[]>();
        var body = Foreign.BodyOf(frame);
        var reader = new PacketReader(body);
        while (reader.TryNext(out _, out var message))
            messages.Add(message.ToArray());
        Assert.True(reader.IsAtEnd);
        return messages;
    }

    private static void AssertSame(byte[] message, JsonElement told)
    {
        var fields = told.EnumerateArray().ToArray();
        Assert.Equal(message[0] - 0x90, fields.Length);
        Assert.Equal(message[1].ToString(), fields[0].GetString());
        switch ((MessageType)message[1])
        {
            case MessageType.Ping:
                Assert.True(PacketReader.TryPing(message, out var ping));
                Assert.Equal([$"{ping.Sequence}", $"{ping.Token}", $"{ping.Sender.Value}", $"{ping.TargetTag}", $"{ping.Digest}"], fields[1..6].Select(one => one.GetString()));
                break;
            case MessageType.Ack:
                Assert.True(PacketReader.TryAck(message, out var ack));
                Assert.Equal([$"{ack.Sequence}", $"{ack.Token}", $"{ack.ResponderTag}", $"{ack.Digest}", $"{ack.Held}"], fields[1..6].Select(one => one.GetString()));
                break;
            case MessageType.Loads:
                var loads = new List<LoadReport>();
                Assert.True(PacketReader.TryLoads(message, loads));
                Assert.Equal(loads.Select(one => $"{one.Member.Value} {one.Sequence} {one.Age.TotalMilliseconds} {one.Load.InFlight} {one.Load.QueueDelayMs} {one.Load.CpuPercent}"),
                    fields[1].EnumerateArray().Select(one => string.Join(' ', one.EnumerateArray().Select(field => field.GetString()))));
                break;
            case MessageType.Alive:
                Assert.True(PacketReader.TryAlive(message, out var alive));
                var profile = alive.ToProfile(new StringPool());
                Assert.Equal([$"{profile.Id.Value}", $"{profile.Incarnation}"], fields[1..3].Select(one => one.GetString()));
                Assert.Equal($"{Convert.ToHexStringLower(profile.Address.ToIPAddress().GetAddressBytes())}{profile.Address.Port:x4}", fields[3].GetProperty("bin").GetString());
                Assert.Equal([profile.Name, profile.Zone, "1"], fields[4..].Select(one => one.GetString()));
                break;
            case MessageType.Suspect or MessageType.Dead:
                Assert.True(PacketReader.TryAccusation((MessageType)message[1], message, out var accusation));
                Assert.Equal([$"{accusation.Member.Value}", $"{accusation.Claim.Incarnation}", $"{accusation.Testimony.Accuser.Value}", $"{(byte)accusation.Testimony.Evidence}", $"{accusation.Testimony.LocalHealth}", $"{accusation.Testimony.RoundTrip?.TotalMicroseconds ?? 0}"], fields[1..].Select(one => one.GetString()));
                break;
            case MessageType.Delta:
                Assert.True(PacketReader.TryDelta(message, out var delta));
                Assert.Equal([$"{delta.Owner.Value}", $"{delta.From}", $"{delta.To}", $"{delta.Floor}"], fields[1..5].Select(one => one.GetString()));
                foreach (var (ours, theirs) in delta.Entries.Zip(fields[5].EnumerateArray()))
                    AssertSame(ours, theirs);
                break;
            case MessageType.Digest:
                Assert.True(PacketReader.TryDigest(message, out var digest));
                Assert.Equal(digest.Entries.Select(one => $"{one.Member.Value} {one.Claim.Incarnation} {(byte)one.Claim.State} {one.Version}"),
                    fields[3].EnumerateArray().Select(one => string.Join(' ', one.EnumerateArray().Select(field => field.GetString()))));
                break;
        }
    }

    private static void AssertSame(in DeltaEntry ours, JsonElement theirs)
    {
        Assert.Equal([ours.Key, $"{ours.Version}"], theirs.EnumerateArray().Take(2).Select(one => one.GetString()));
        if (ours.Payload is null)
        {
            Assert.Equal(JsonValueKind.Null, theirs[2].ValueKind);
            return;
        }

        Assert.True(RecordCodec.TryRead(ours.Key, ours.Payload, out var record));
        var fields = theirs[2].EnumerateArray().ToArray();
        Assert.Equal([record.Service, record.Version ?? "", $"{(byte)record.State}", $"{record.Weight}"], fields[..4].Select(one => one.GetString()));
        Assert.Equal(record.Endpoints.Select(one => $"{one.Name} {one.Scheme} {one.Host} {one.Port}{(one.Protocol is not null ? " " : "")}{one.Protocol}"),
            fields[4].EnumerateArray().Select(one => string.Join(' ', one.EnumerateArray().Select(field => field.GetString()))));
        Assert.Equal(record.Tags, fields[5].EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(record.Metadata.Select(one => $"{one.Key}={one.Value}"), fields[6].GetProperty("map").EnumerateArray().Select(one => $"{one[0].GetString()}={one[1].GetString()}"));
        string?[] expected = [record.Reason, record.Zone, record.Region, record.Environment, record.Host, .. record.DependsOn, .. record.AuthorizedRoles, record.Lease?.Agent, $"{record.Lease?.Time.TotalMilliseconds}"];
        Assert.Equal(expected.OfType<string>().Where(text => text.Length > 0), fields[7..].SelectMany(Texts).Where(text => text.Length > 0));
    }

    private static IEnumerable<string> Texts(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Texts) : [element.GetString()!];
}
