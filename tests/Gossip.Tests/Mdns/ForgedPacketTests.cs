using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Tests.Mdns;

/// <summary>Somebody on the cable writes packets of its own.</summary>
public sealed class ForgedPacketTests
{
    private const string Send = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('10.77.0.2'))
        s.bind(('10.77.0.2', 5353))
        s.sendto(bytes.fromhex(sys.argv[1]), (sys.argv[2], 5353))
        """;

    /// <summary>One machine alone would believe it, and the machine that it speaks of would not hear it.</summary>
    [PeerFact("netns", "python3")]
    public async Task An_answer_that_nobody_asked_for_by_unicast_is_ignored()
    {
        await using var network = await MdnsNetwork.StartAsync(avahi: false);
        var node = network.StartNode(network.First, "orders", 7946);
        await node.LineAsync(line => line.Contains("eth0 IPv4", StringComparison.Ordinal));

        foreach (var (instance, to) in new[] { ("to-one", "10.77.0.1"), ("to-all", "224.0.0.251") })
            await network.StartOn(network.Second, "/usr/bin/python3", "-c", Send, Convert.ToHexString(Answer(instance)), to).OutputAsync();

        await node.LineAsync(line => line.Contains("to-all", StringComparison.Ordinal));
        Assert.DoesNotContain(await node.EndAsync(), line => line.Contains("to-one", StringComparison.Ordinal));
    }

    private static byte[] Answer(string name)
    {
        var (type, life) = (DnsName.Parse("_gossip._udp.local"), TimeSpan.FromMinutes(2));
        var (instance, host) = (type.Child(name), DnsName.Parse($"{name}.local"));
        var packet = new byte[512];
        var writer = new DnsWriter(packet);
        Assert.True(writer.TryAddAnswer(new DnsRecord(type, RecordType.Ptr, false, life, new PointerBody(instance)))
            && writer.TryAddAnswer(new DnsRecord(instance, RecordType.Srv, true, life, new ServerBody(0, 0, 7947, host)))
            && writer.TryAddAnswer(new DnsRecord(instance, RecordType.Txt, true, life, new TextBody(new byte[1])))
            && writer.TryAddAnswer(new DnsRecord(host, RecordType.A, true, life, new AddressBody(IPAddress.Parse("192.0.2.66")))));
        return packet[..writer.Finish(DnsFlags.Response | DnsFlags.Authoritative)];
    }
}
