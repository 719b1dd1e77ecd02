using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

public sealed class StreamTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Frames_arrive_whole_and_in_order()
    {
        await using var left = TestTransport.Open();
        await using var right = TestTransport.Open();
        int[] sizes = [1, 5_000, Limits.StreamFrameSize, 2];
        foreach (var size in sizes)
            left.Send(right.Local, TestTransport.Bytes(size, size), Delivery.Stream);

        foreach (var size in sizes)
        {
            var received = right.NextOpened();
            Assert.Equal((ArrivalKind.Packet, Delivery.Stream), (received.Kind, received.Delivery));
            Assert.Equal(TestTransport.Bytes(size, size), received.Packet);
        }

        Assert.Equal(1, right.Counters.Read().Inbound);
        Assert.Equal(1, left.Counters.Read().Outbound);
    }

    [Fact]
    public async Task A_reply_goes_back_on_the_connection_it_answers()
    {
        await using var asking = TestTransport.Open();
        await using var answering = TestTransport.Open();
        asking.Send(answering.Local, [1], Delivery.Stream);
        var question = answering.Next();
        Assert.NotEqual(asking.Local, question.Peer);

        answering.Send(question.Peer, [2], Delivery.Stream);
        var answer = asking.Next();

        Assert.Equal([2], answer.Packet);
        Assert.Equal(answering.Local, answer.Peer);
        Assert.Equal(0, answering.Counters.Read().Outbound);
        Assert.Equal(0, asking.Counters.Read().Inbound);
    }

    [Fact]
    public async Task A_refused_connect_is_reported_as_refused()
    {
        PeerAddress gone;
        await using (var closed = TestTransport.Open())
            gone = closed.Local;
        await using var transport = TestTransport.Open();

        transport.Send(gone, [1], Delivery.Stream);
        var failure = transport.Next();

        Assert.Equal((ArrivalKind.StreamRefused, gone), (failure.Kind, failure.Peer));
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { ConnectsFailed: 1, QueueDropped: 1, Outbound: 0 }, "the failure is counted");
    }

    [Fact]
    public async Task After_a_refusal_the_next_packet_opens_another_connection()
    {
        var port = TestPorts.Free();
        var peer = PeerAddress.From(IPAddress.Loopback, port);
        await using var transport = TestTransport.Open();
        transport.Send(peer, [1], Delivery.Stream);
        Assert.Equal(ArrivalKind.StreamRefused, transport.Next().Kind);

        await using var late = new SocketTransport(BoundSockets.Bind(IPAddress.Loopback, port, []), TestTransport.Patient);
        transport.Send(peer, [2], Delivery.Stream);
        Assert.Equal([2], late.Next().Packet);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_the_connect_is_reported_as_failed()
    {
        // A backlog of one, filled: the system leaves further connects unanswered.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        List<Socket> fillers = [];
        for (var i = 0; i < 4; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _ = filler.ConnectAsync(deaf.LocalEndPoint!).ContinueWith(_ => { }, TaskScheduler.Default);
            fillers.Add(filler);
        }

        await Eventually.HoldsAsync(() => fillers.Exists(filler => filler.Connected), "the backlog fills");
        await using var transport = TestTransport.Open(TestTransport.Patient with { ConnectTimeout = TimeSpan.FromMilliseconds(100) });
        var peer = PeerAddress.From((IPEndPoint)deaf.LocalEndPoint!);
        transport.Send(peer, [1], Delivery.Stream);

        var failure = transport.Next();
        Assert.Equal((ArrivalKind.StreamFailed, peer), (failure.Kind, failure.Peer));
        fillers.ForEach(filler => filler.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Limits.StreamFrameSize + 1)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public async Task A_frame_of_a_forbidden_size_ends_the_connection(int size)
    {
        await using var transport = TestTransport.Open();
        using var foreign = await ConnectAsync(transport);
        var header = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(header, size);
        await foreign.SendAsync(header);

        Assert.Equal(0, await foreign.ReceiveAsync(new byte[1], Eventually.Patience()));
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { BadFrames: 1, Inbound: 0 }, "the bad frame is counted");
    }

    [Fact]
    public async Task A_packet_over_the_limit_is_not_sent()
    {
        await using var transport = TestTransport.Open();
        transport.Send(transport.Local, new byte[Limits.StreamFrameSize + 1], Delivery.Stream);
        Assert.Equal((1, 0), (transport.Counters.Read().SendErrors, transport.Counters.Read().Outbound));
    }

    [Fact]
    public async Task A_frame_in_single_bytes_arrives_whole()
    {
        await using var transport = TestTransport.Open();
        using var foreign = await ConnectAsync(transport);
        foreach (var one in new byte[] { 0, 0, 0, 3, 7, 8, 9 })
            await foreign.SendAsync(new[] { one });
        Assert.Equal([7, 8, 9], transport.Next().Packet);
    }

    [Fact]
    public async Task A_peer_that_trickles_bytes_without_a_whole_frame_is_closed()
    {
        var time = new ManualTime();
        await using var transport = TestTransport.Open(TestTransport.Patient with { InboundIdle = Idle, Time = time });
        using var foreign = await ConnectAsync(transport);
        await foreign.SendAsync(new byte[] { 0, 0, 50, 0 });
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(Idle / 10);
                return !TrySend(foreign, [1]) || transport.Counters.Read().Inbound == 0;
            },
            "the connection is gone");
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { Inbound: 0, BadFrames: 0 }, "it is counted as gone");
    }

    [Fact]
    public async Task An_idle_connection_closes_on_the_side_that_opened_it_and_a_new_one_is_opened()
    {
        var time = new ManualTime();
        await using var left = TestTransport.Open(TestTransport.Patient with { OutboundIdle = Idle, Time = time });
        await using var right = TestTransport.Open();
        left.Send(right.Local, [1], Delivery.Stream);
        Assert.Equal([1], right.NextOpened().Packet);
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(Idle);
                return left.Counters.Read().Outbound == 0 && right.Counters.Read().Inbound == 0;
            },
            "both sides closed");

        left.Send(right.Local, [2], Delivery.Stream);
        Assert.Equal([2], right.Next().Packet);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_loses_frames_and_costs_bounded_memory()
    {
        await using var transport = TestTransport.Open(TestTransport.Patient with { QueuedFrames = 4 });
        using var foreign = await ConnectAsync(transport);
        await foreign.SendAsync(new byte[] { 0, 0, 0, 1, 1 });
        var peer = transport.Next().Peer;
        var frame = new byte[Limits.StreamFrameSize];

        await Eventually.HoldsAsync(
            () =>
            {
                transport.Send(peer, frame, Delivery.Stream);
                return transport.Counters.Read().QueueDropped > 0;
            },
            "the queue is full");
    }

    [Fact]
    public async Task A_loop_that_does_not_keep_up_loses_frames()
    {
        await using var transport = TestTransport.Open(TestTransport.Patient with { InboxFrames = 8 });
        using var foreign = await ConnectAsync(transport);
        await foreign.SendAsync(new byte[] { 0, 0, 0, 1, 99 });
        transport.NextOpened();
        for (var i = 0; i < 20; i++)
            await foreign.SendAsync(new byte[] { 0, 0, 0, 1, (byte)i });
        await Eventually.HoldsAsync(() => transport.Counters.Read().InboxDropped == 12, "the inbox overflows");
        for (var i = 0; i < 8; i++)
            Assert.Equal([(byte)i], transport.Next().Packet);
    }

    [Fact]
    public async Task One_connection_too_many_is_closed_at_once()
    {
        await using var transport = TestTransport.Open(TestTransport.Patient with { MaxInbound = 2 });
        using var first = await ConnectAsync(transport);
        using var second = await ConnectAsync(transport);
        await Eventually.HoldsAsync(() => transport.Counters.Read().Inbound == 2, "two are welcome");
        using var third = await ConnectAsync(transport);
        Assert.Equal(0, await third.ReceiveAsync(new byte[1], Eventually.Patience()));
        Assert.Equal((2, 1), (transport.Counters.Read().Inbound, transport.Counters.Read().ConnectionsRefused));
    }

    [Fact]
    public async Task One_connection_too_many_of_a_host_is_closed_at_once()
    {
        await using var transport = TestTransport.Open(TestTransport.Patient with { MaxInboundFromThisMachine = 1 });
        using var first = await ConnectAsync(transport);
        await Eventually.HoldsAsync(() => transport.Counters.Read().Inbound == 1, "one is welcome");
        using var second = await ConnectAsync(transport);
        Assert.Equal(0, await second.ReceiveAsync(new byte[1], Eventually.Patience()));
        Assert.Equal((1, 1), (transport.Counters.Read().Inbound, transport.Counters.Read().ConnectionsRefused));
    }

    [Fact]
    public async Task A_stream_whose_peer_has_not_answered_the_node_is_closed_however_many_frames_it_sends()
    {
        var time = new ManualTime();
        await using var transport = TestTransport.Open(TestTransport.Patient with { FirstFrameTime = Idle, Time = time });
        using var stranger = await ConnectAsync(transport);
        using var friend = await ConnectAsync(transport);
        await friend.SendAsync(new byte[] { 0, 0, 0, 1, 1 });
        transport.NextAnswer();
        for (var sent = 0; sent < 10; sent++)
        {
            await stranger.SendAsync(new byte[] { 0, 0, 0, 1, 7 });
            var arrival = transport.Next();
            Assert.Equal([7], arrival.Packet);
            // Opened, as a recording is, and no answer: it is asked once who it is.
            Assert.Equal(sent == 0, transport.Judge(arrival.Peer, Delivery.Stream, new PacketOutcome(null)));
            time.Advance(Idle / 10);
        }

        await Eventually.HoldsAsync(() => transport.Counters.Read().Inbound == 1, "the stranger is gone");
        await friend.SendAsync(new byte[] { 0, 0, 0, 1, 2 });
        Assert.Equal([2], transport.Next().Packet);
    }

    [Fact]
    public async Task A_stream_with_a_frame_that_the_node_could_not_open_is_closed_at_once()
    {
        await using var transport = TestTransport.Open(TestTransport.Patient);
        using var stranger = await ConnectAsync(transport);
        await stranger.SendAsync(new byte[] { 0, 0, 0, 1, 7 });
        transport.Judge(transport.Next().Peer, Delivery.Stream, new PacketOutcome(DropReason.BadSeal));
        Assert.Equal(0, await stranger.ReceiveAsync(new byte[1], Eventually.Patience()));
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { Inbound: 0, BadFrames: 1 }, "it is gone, and counted");
    }

    private static bool TrySend(Socket socket, byte[] bytes)
    {
        try
        {
            return socket.Send(bytes) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<Socket> ConnectAsync(SocketTransport transport)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(transport.Local.ToEndPoint());
        return socket;
    }
}
