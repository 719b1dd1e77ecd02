using System.Text.Json;
using Gossip.Protocol;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// What members say to each other: the bodies of the packets of a small simulated cluster, by datagram and by stream, whose members
/// register, report loads, fetch, inspect, crash and leave; and those of the packets in <c>docs/vectors</c>.
/// </summary>
internal static class RecordedPackets
{
    private const int Most = 600;
    private const int LongestBody = 4_000;

    static RecordedPackets()
    {
        using var world = new World(1);
        var bodies = new Dictionary<string, byte[]>();
        world.Network.Tap = (_, _, _, packet) =>
        {
            if (BodyOf(packet) is { Length: <= LongestBody } body)
                bodies.TryAdd(Convert.ToHexString(body), body);
        };
        Live(world);
        var every = Math.Max(1, bodies.Count / Most);
        Bodies = [.. bodies.Values.Where((_, i) => i % every == 0), .. Vectors()];
        Places = [.. world.Nodes.Select(node => node.Address)];
        Time = world.Nodes[0].Node.Options.Incarnation;
    }

    /// <summary>The messages of each packet.</summary>
    public static IReadOnlyList<byte[]> Bodies { get; }

    /// <summary>Where the members are of which they speak.</summary>
    public static IReadOnlyList<PeerAddress> Places { get; }

    /// <summary>When the cluster began.</summary>
    public static Incarnation Time { get; }

    private static void Live(World world)
    {
        var text = new Dictionary<string, string> { ["long"] = new('x', 2_000) };
        world.AddCluster(6);
        foreach (var node in world.Nodes)
        {
            node.Register(new ServiceRecord { InstanceId = "one", Service = "orders", Version = "1.2.3", Tags = ["canary"], Zone = "a" });
            node.Register(new ServiceRecord { InstanceId = "two", Service = "payments", Metadata = text });
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        foreach (var node in world.Nodes)
            node.ReportLoad(new Load(100, 10, 50));
        world.RunFor(TimeSpan.FromSeconds(2));
        var asked = world.Nodes[3];
        world.Nodes[2].Do((node, now, outbox) => node.Inspect(now, asked.Node.Self.Id, 1, 5, TimeSpan.FromSeconds(2), outbox));
        world.RunFor(TimeSpan.FromMilliseconds(50));
        asked.Do(Answer);
        world.Nodes[4].Crash(withHost: true);
        world.Nodes[5].Leave();
        world.Nodes[1].Deregister("one");
        world.RunFor(TimeSpan.FromSeconds(20));
    }

    private static void Answer(Node node, Instant now, IOutbox outbox)
    {
        while (node.TryTakeQuestion(out var question))
            node.AnswerInspection(now, question, new byte[300], outbox);
    }

    private static IEnumerable<byte[]> Vectors()
    {
        using var file = typeof(RecordedPackets).Assembly.GetManifestResourceStream("clear.json")!;
        using var vectors = JsonDocument.Parse(file);
        return
        [
            .. vectors.RootElement.GetProperty("packets").EnumerateArray()
                .Select(packet => BodyOf(Convert.FromHexString(packet.GetProperty("frame").GetString()!))),
        ];
    }

    private static byte[] BodyOf(byte[] frame)
    {
        var envelope = new Envelope("default", new Keyring(), new Randomness(1).Fill, new Freshness(0, Instant.Start));
        if (!envelope.TryOpen(frame, out var opened, out var reason))
            throw new InvalidOperationException($"A packet of the recording does not open: {reason}.");
        return opened.Body.ToArray();
    }
}
