using System.Net;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Loop;

/// <summary>Datagrams that a node cannot open, by the ten thousand. The node's clock stands still, so no debt runs off.</summary>
public sealed class DatagramFloodTests
{
    private static readonly PeerAddress Member = PeerAddress.From(IPAddress.Parse("127.0.0.1"), 4001);
    private static readonly PeerAddress Real = PeerAddress.From(IPAddress.Parse("10.9.9.9"), 40_123);

    [Fact]
    public async Task A_flood_is_dropped_unread_and_a_member_is_heard_all_the_same()
    {
        await using var flooded = new ToldNode();
        var frame = Frame("other", new byte[1000]);
        flooded.Hear(Member, Delivery.Datagram, Alive());
        for (var i = 0; i < 10_000; i++)
            flooded.Hear(Forged(i), Delivery.Datagram, frame);
        flooded.Hear(Member, Delivery.Datagram, Frame("default", []));
        flooded.Hear(Member.WithPort(4002), Delivery.Datagram, Frame("default", []));

        var report = await flooded.ReportAsync();
        var (read, unread) = (report.Counters.PacketsReceived, report.Transport.DatagramsUnread);
        Assert.Equal(10_003, read + unread);
        var most = (new StrangerRates().InAll * 4 / frame.Length) + 256;
        Assert.InRange(read, 3, most);
        Assert.Equal(read - 2, report.Counters.Dropped[DropReason.ForeignCluster]);
    }

    [Fact]
    public async Task Ten_thousand_forged_addresses_do_not_hide_from_the_doctor_one_that_is_really_there()
    {
        await using var flooded = new ToldNode();
        var frame = Frame("other", []);
        for (var i = 0; i < 10_000; i++)
            flooded.Hear(Forged(i), Delivery.Datagram, frame);
        flooded.Hear(Real, Delivery.Stream, frame);
        for (var i = 0; i < 10_000; i++)
            flooded.Hear(Forged(10_000 + i), Delivery.Datagram, frame);

        var report = await flooded.ReportAsync();
        Assert.Equal(Strangers.Most, report.UnreadablePackets.Count);
        Assert.Contains(report.UnreadablePackets, one => one.Where == "10.9.9.9");
        var finding = Assert.Single(Diagnose(report), finding => finding.Code == "strangers");
        Assert.Contains("64 and more: 10.9.9.9, ", finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_that_the_node_never_made_is_outranked_and_told_in_log_and_doctor()
    {
        var log = new TestLog();
        await using var node = new ToldNode(log.CreateLogger("Gossip"));
        var (id, own) = (node.Identity.Id, Assert.Single((await node.ReportAsync()).Members));
        var forged = new Incarnation((ulong)own.Incarnation + 5);

        node.Hear(Member, Delivery.Datagram, Alive(id, forged, Member));

        var report = await node.ReportAsync();
        Assert.True(report.Members.Single(member => member.IsSelf).Incarnation > (long)forged.Value);
        var finding = Assert.Single(Diagnose(report), finding => finding.Code == "impersonated");
        Assert.Equal(FindingSeverity.Error, finding.Severity);
        Assert.Contains("There is no Gossip:Key", finding.Remedy, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => log.Warnings.Any(text => text.StartsWith("Another process speaks in this node's name", StringComparison.Ordinal)), "the log tells it");
    }

    private static IReadOnlyList<GossipFinding> Diagnose(NodeReport report)
    {
        var noSeeds = new Dictionary<string, IReadOnlyList<IPEndPoint>>();
        return new Examination(report, [], noSeeds, null, [], RuntimeEnvironment.Machine).Diagnose().Findings;
    }

    private static PeerAddress Forged(int i) => PeerAddress.From(new IPAddress([198, 51, (byte)(i >> 8), (byte)i]), 7390);

    private static byte[] Alive() => Alive(new MemberId(7), new Incarnation(1), Member);

    private static byte[] Alive(MemberId id, Incarnation incarnation, PeerAddress address)
    {
        var body = new byte[400];
        var writer = new PacketWriter(body);
        Assert.True(writer.TryAlive(id, incarnation, address, "member", "", 1));
        return Frame("default", body.AsSpan(0, writer.Length));
    }

    private static byte[] Frame(string cluster, ReadOnlySpan<byte> body)
    {
        var envelope = new Envelope(cluster, new Keyring(), new Randomness(1).Fill, new Freshness(0, Instant.Start));
        var frame = new byte[envelope.HeadSize + body.Length + envelope.TailSize];
        body.CopyTo(frame.AsSpan(envelope.HeadSize));
        return frame[..envelope.Close(frame, body.Length, Instant.Start)];
    }
}
