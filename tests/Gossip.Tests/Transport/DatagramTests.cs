using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

public sealed class DatagramTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_datagram_arrives_with_the_address_of_its_sender(string host)
    {
        await using var left = TestTransport.Open(address: IPAddress.Parse(host));
        await using var right = TestTransport.Open(address: IPAddress.Parse(host));
        var packet = TestTransport.Bytes(1200);

        left.Send(right.Local, packet, Delivery.Datagram);
        var received = right.Next();

        Assert.Equal(left.Local, received.Peer);
        Assert.Equal(Delivery.Datagram, received.Delivery);
        Assert.Equal(packet, received.Packet);
    }

    [Theory]
    [InlineData(1201)]
    [InlineData(9_000)]
    public async Task Of_datagrams_longer_than_any_node_is_expected_to_send_only_the_first_is_lost(int length)
    {
        await using var left = TestTransport.Open();
        await using var right = TestTransport.Open();
        var packet = TestTransport.Bytes(length);

        left.Send(right.Local, packet, Delivery.Datagram);
        left.Send(right.Local, packet, Delivery.Datagram);

        Assert.Equal(packet, right.Next().Packet);
        Assert.Equal(1, right.Counters.Read().ReceiveErrors);
        Assert.False(right.TryReceive(out _));
    }

    [Fact]
    public async Task A_socket_for_both_families_reaches_both()
    {
        await using var both = TestTransport.Open(address: IPAddress.IPv6Any);
        await using var four = TestTransport.Open();
        await using var six = TestTransport.Open(address: IPAddress.IPv6Loopback);

        both.Send(four.Local, [4], Delivery.Datagram);
        both.Send(six.Local, [6], Delivery.Datagram);

        var fromBoth = four.Next();
        Assert.Equal([4], fromBoth.Packet);
        Assert.True(fromBoth.Peer.IsIPv4);
        Assert.Equal([6], six.Next().Packet);
        four.Send(fromBoth.Peer, [44], Delivery.Datagram);
        Assert.Equal(four.Local, both.Next().Peer);
    }

    [Fact]
    public async Task A_round_trip_allocates_nothing()
    {
        await using var left = TestTransport.Open();
        await using var right = TestTransport.Open();
        var packet = TestTransport.Bytes(512);
        RoundTrips(left, right, packet, 2_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        RoundTrips(left, right, packet, 20_000);
        // Less than a byte for forty packets is none: what remains is the runtime's own, once in a while.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public async Task What_cannot_be_sent_is_counted_and_throws_nothing()
    {
        await using var transport = TestTransport.Open();
        transport.Send(PeerAddress.From(IPAddress.IPv6Loopback, 9), [1], Delivery.Datagram);
        transport.Send(PeerAddress.From(IPAddress.Loopback, 0), [1], Delivery.Datagram);
        Assert.Equal(2, transport.Counters.Read().SendErrors);
    }

    [Fact]
    public async Task What_no_datagram_holds_on_its_way_goes_by_stream()
    {
        await using var left = TestTransport.Open();
        await using var right = TestTransport.Open();
        var packet = TestTransport.Bytes(65_530);
        right.Judge(left.Local, Delivery.Datagram, new PacketOutcome(null, IsAnswer: true));

        left.Send(right.Local, packet, Delivery.Datagram);

        var received = right.Next();
        Assert.Equal(Delivery.Stream, received.Delivery);
        Assert.Equal(packet, received.Packet);
        Assert.Equal((0, 1), (left.Counters.Read().SendErrors, left.Counters.Read().TooLarge));
    }

    [Fact]
    public async Task Nobody_listening_there_harms_no_later_read()
    {
        await using var left = TestTransport.Open();
        PeerAddress gone;
        await using (var closed = TestTransport.Open())
            gone = closed.Local;
        for (var i = 0; i < 10; i++)
            left.Send(gone, [1], Delivery.Datagram);

        await using var right = TestTransport.Open();
        right.Send(left.Local, [2], Delivery.Datagram);
        Assert.Equal([2], left.Next().Packet);
        Assert.Equal(0, left.Counters.Read().ReceiveErrors);
    }

    [Fact]
    public async Task A_wake_up_call_ends_the_wait_and_the_next_one_too()
    {
        await using var transport = TestTransport.Open();
        for (var i = 0; i < 3; i++)
        {
            transport.Wake();
            transport.Wake();
            await EndsAsync(transport);
            while (transport.TryReceive(out var arrival))
                Assert.Equal(ArrivalKind.Nothing, arrival.Kind);
        }
    }

    [Fact]
    public async Task A_wake_up_call_that_comes_after_another_was_read_is_heard()
    {
        await using var transport = TestTransport.Open();
        transport.Wake();
        await EndsAsync(transport);
        transport.Wake();
        while (transport.TryReceive(out _))
            continue;
        transport.Wake();
        await EndsAsync(transport);
    }

    [Fact]
    public async Task A_wait_lasts_as_long_as_it_was_told()
    {
        await using var transport = TestTransport.Open();
        var before = TimeProvider.System.GetTimestamp();
        transport.Wait(TimeSpan.FromMilliseconds(50));
        var waited = TimeProvider.System.GetElapsedTime(before);
        // At least: a busy machine makes a wait longer, and nothing makes it shorter.
        Assert.True(waited > TimeSpan.FromMilliseconds(45), "the wait ended early");
    }

    [Theory]
    [InlineData("10.1.2.3", AddressFamily.InterNetwork)]
    [InlineData("10.1.2.3", AddressFamily.InterNetworkV6)]
    [InlineData("fd00::1", AddressFamily.InterNetworkV6)]
    [InlineData("fe80::1%3", AddressFamily.InterNetworkV6)]
    public void Socket_addresses_are_those_of_the_framework(string host, AddressFamily family)
    {
        var peer = PeerAddress.From(IPAddress.Parse(host), 7390);
        var ours = SocketAddresses.For(family);
        Assert.True(SocketAddresses.TryWrite(peer, ours));
        var address = family == AddressFamily.InterNetworkV6 ? peer.ToIPAddress().MapToIPv6() : peer.ToIPAddress();
        Assert.Equal(new IPEndPoint(address, 7390).Serialize(), ours);
        Assert.Equal(peer, SocketAddresses.Read(ours));
    }

    /// <summary>A wait that would last longer than the test is let to ends all the same.</summary>
    private static async Task EndsAsync(SocketTransport transport)
    {
        var wait = Task.Run(() => transport.Wait(2 * Eventually.Deadline));
        await wait.WaitAsync(Eventually.Deadline);
    }

    private static void RoundTrips(SocketTransport left, SocketTransport right, byte[] packet, int count)
    {
        for (var i = 0; i < count; i++)
        {
            left.Send(right.Local, packet, Delivery.Datagram);
            Echo(right);
            while (!left.TryReceive(out _))
                left.Wait(TimeSpan.FromMilliseconds(100));
        }
    }

    private static void Echo(SocketTransport transport)
    {
        Arrival arrival;
        while (!transport.TryReceive(out arrival))
            transport.Wait(TimeSpan.FromMilliseconds(100));
        transport.Send(arrival.Peer, arrival.Packet, Delivery.Datagram);
    }
}
