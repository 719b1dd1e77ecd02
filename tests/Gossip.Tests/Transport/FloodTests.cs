using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

/// <summary>
/// Connections that bring nothing the node can open. Each test first shows what the attack gets with the bounds taken away. The clock
/// stands still, so no debt runs off and nothing times out: what is counted is what was read and held.
/// </summary>
public sealed class FloodTests
{
    private const int Claimed = 240_000;
    private const int Sent = 200_000;

    private static readonly TransportOptions Bounded = TestTransport.Patient with { Time = new ManualTime() };

    private static readonly TransportOptions Unbounded = Bounded with
    {
        MaxStrangers = int.MaxValue, StrangerFrame = Limits.StreamFrameSize, StrangerRates = StrangerRates.Unbounded,
    };

    [Fact]
    public async Task Frames_that_do_not_come_to_an_end_are_held_for_nobody_who_has_proven_nothing()
    {
        Assert.InRange(await HoldAsync(Unbounded, connections: 30, claimed: Claimed), 30 * Sent, long.MaxValue);
        Assert.Equal(0, await HoldAsync(Bounded, connections: 30, claimed: Claimed));
        var most = 30L * (Bounded.StrangerFrame + Frames.HeaderSize);
        Assert.InRange(await HoldAsync(Bounded, connections: 30, claimed: Bounded.StrangerFrame), 1, most);
    }

    [Fact]
    public async Task Connections_with_frames_that_do_not_open_are_closed_unread_after_a_while_and_whoever_is_known_gets_through()
    {
        Assert.Equal((400, 0), await FloodAsync(Unbounded));
        var (judged, unread) = await FloodAsync(Bounded);
        Assert.InRange(judged, 1, (int)(Bounded.StrangerRates.Source * 4 / 8_000) + 1);
        Assert.Equal(400 - judged, unread);
    }

    [Fact]
    public async Task One_that_has_proven_nothing_has_one_frame_judged_and_the_next_is_read_when_that_was_opened()
    {
        await using var transport = TestTransport.Open(Bounded);
        using var stranger = await ConnectAsync(transport);
        byte[] all = [.. Enumerable.Range(0, 10).SelectMany(i => new byte[] { 0, 0, 0, 1, (byte)i })];
        await stranger.SendAsync(all);

        Assert.Equal([0], transport.Next().Packet);
        await Eventually.HoldsAsync(() => transport.Counters.Read().Buffered == 45, "the others wait");
        Assert.True(transport.MayWait);
        transport.Judge(PeerAddress.From((IPEndPoint)stranger.LocalEndPoint!), Delivery.Stream, new PacketOutcome(null, IsAnswer: true));
        for (var i = 1; i < 10; i++)
            Assert.Equal([(byte)i], transport.Next().Packet);
    }

    /// <summary>A recording of whatever age opens, under a key that the node has.</summary>
    [Fact]
    public async Task A_stale_frame_proves_nothing_and_the_next_is_not_read()
    {
        await using var transport = TestTransport.Open(Bounded with { MaxStrangers = 1 });
        using var stranger = await ConnectAsync(transport);
        await stranger.SendAsync(new byte[] { 0, 0, 0, 1, 1, 0, 0, 0, 1, 2 });

        var stale = transport.Next();
        transport.Judge(stale.Peer, Delivery.Stream, new PacketOutcome(null, IsStale: true));
        using var second = await ConnectAsync(transport);
        await Eventually.HoldsAsync(() => transport.Counters.Read().ConnectionsUnread == 1, "it is a stranger still");
        Assert.True(transport.MayWait);
    }

    [Fact]
    public async Task A_stale_answer_is_an_answer_and_what_follows_is_read()
    {
        await using var transport = TestTransport.Open(Bounded with { MaxStrangers = 1 });
        using var sleeper = await ConnectAsync(transport);
        await sleeper.SendAsync(new byte[] { 0, 0, 0, 1, 1, 0, 0, 0, 1, 2 });

        transport.Judge(transport.Next().Peer, Delivery.Stream, new PacketOutcome(null, IsAnswer: true, IsStale: true));
        Assert.Equal([2], transport.Next().Packet);
    }

    [Fact]
    public async Task A_large_first_frame_is_read_of_a_host_that_is_known_and_room_for_them_has_a_bound()
    {
        await using var transport = TestTransport.Open(Bounded with { UnopenedBytes = 2 * Claimed });
        transport.Judge(transport.Local.WithPort(9), Delivery.Datagram, new PacketOutcome(null, IsAnswer: true));
        using var first = await ConnectAsync(transport, Claimed, Sent);
        using var second = await ConnectAsync(transport, Claimed, Sent);
        await Eventually.HoldsAsync(() => transport.Counters.Read().Buffered == 2 * (Sent + Frames.HeaderSize), "two are held");
        using var third = await ConnectAsync(transport, Claimed, 0);
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { FramesUnread: 1, Inbound: 2 }, "there is no room for a third");

        await first.SendAsync(new byte[Claimed - Sent]);
        Assert.Equal(Claimed, transport.NextOpened().Packet.Length);
        using var fourth = await ConnectAsync(transport, Claimed, Claimed);
        Assert.Equal(Claimed, transport.NextOpened().Packet.Length);
    }

    [Fact]
    public async Task Strangers_have_a_share_of_the_connections_and_leave_the_rest_to_those_that_are_known()
    {
        await using var transport = TestTransport.Open(Bounded with { MaxStrangers = 3 });
        using var known = await ConnectAsync(transport);
        await known.SendAsync(new byte[] { 0, 0, 0, 1, 1 });
        var friend = transport.Next();
        List<Socket> strangers = [];
        for (var i = 0; i < 10; i++)
            strangers.Add(await ConnectAsync(transport));
        await Eventually.HoldsAsync(
            () => transport.Counters.Read() is { Inbound: 3, ConnectionsUnread: 8 }, "three are let in, the first among them");

        transport.Judge(friend.Peer, Delivery.Stream, new PacketOutcome(null, IsAnswer: true));
        using var again = await ConnectAsync(transport);
        await again.SendAsync(new byte[] { 0, 0, 0, 1, 2 });
        Assert.Equal([2], transport.NextOpened().Packet);
        strangers.ForEach(stranger => stranger.Dispose());
    }

    [Fact]
    public async Task A_stranger_takes_a_place_of_the_address_that_has_the_most()
    {
        if (OperatingSystem.IsMacOS())
            return;
        await using var transport = TestTransport.Open(Bounded with { MaxStrangers = 4 });
        List<Socket> flood = [];
        for (var i = 0; i < 4; i++)
            flood.Add(await ConnectAsync(transport));
        await Eventually.HoldsAsync(() => transport.Counters.Read().Inbound == 4, "all places are taken");

        using var newcomer = await ConnectAsync(transport, 1, 1, from: "127.0.0.2");
        Assert.Equal([0], transport.Next().Packet);
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { Inbound: 4, ConnectionsUnread: 1 }, "one of the four is gone");
        Assert.Equal(0, await flood[0].ReceiveAsync(new byte[1], Eventually.Patience()));

        // Of its own it takes none: the places of those that have fewer are safe from it.
        using var fifth = await ConnectAsync(transport);
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { Inbound: 4, ConnectionsUnread: 2 }, "it is refused");
        flood.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Frames_behind_one_that_was_not_opened_are_not_looked_at()
    {
        await using var transport = TestTransport.Open(Bounded);
        using var peer = await ConnectAsync(transport);
        await peer.SendAsync(new byte[] { 0, 0, 0, 1, 0 });
        Assert.Equal([0], transport.NextAnswer().Packet);
        await peer.SendAsync(Enumerable.Range(1, 9).SelectMany(i => new byte[] { 0, 0, 0, 1, (byte)i }).ToArray());

        transport.Judge(transport.Next().Peer, Delivery.Stream, new PacketOutcome(DropReason.BadSeal));
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { Inbound: 0, BadFrames: 1 }, "it is closed");
        while (transport.TryReceive(out var arrival))
            Assert.Equal(ArrivalKind.Nothing, arrival.Kind);
        Assert.Equal(8, transport.Counters.Read().FramesUnread);
    }

    /// <summary>
    /// A byte a second on each of many connections: those of hosts that have proven nothing go after the time of a first answer, and leave
    /// room for others meanwhile.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Slow_streams_of_strangers_end_by_time_and_are_counted(bool isDefended)
    {
        var time = new ManualTime();
        var endless = TimeSpan.FromDays(1);
        await using var transport = TestTransport.Open(Bounded with
        {
            Time = time, MaxStrangers = 20, InboundIdle = endless, FirstFrameTime = isDefended ? TimeSpan.FromSeconds(2) : endless,
        });
        List<Socket> slow = [];
        for (var i = 0; i < 30; i++)
            slow.Add(await ConnectAsync(transport, 8_000, 0, from: "127.0.0.2"));
        await Eventually.HoldsAsync(() => transport.Counters.Read() is { Inbound: 20, ConnectionsUnread: 10 }, "twenty are let in");
        transport.Judge(transport.Local.WithPort(9), Delivery.Datagram, new PacketOutcome(null, IsAnswer: true));
        using var known = await ConnectAsync(transport, 1, 1);
        Assert.Equal([0], transport.NextAnswer().Packet);

        for (var second = 0; second < 10; second++)
        {
            foreach (var one in slow)
                TrySend(one);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        if (isDefended)
            await Eventually.HoldsAsync(() => Read() is { Inbound: 1, ConnectionsExpired: 20, Buffered: 0 }, "they are gone, and counted");
        else
            await Eventually.HoldsAsync(() => Read() is { Inbound: 21, Buffered: 20 * (Frames.HeaderSize + 10) }, "all are held");
        slow.ForEach(one => one.Dispose());

        TransportFigures Read()
        {
            // A connection's time begins when it is taken up, which may be late on a busy machine.
            time.Advance(TimeSpan.FromSeconds(1));
            return transport.Counters.Read();
        }
    }

    /// <summary>The most bytes that are held for connections that claim a long frame and send nearly all of it.</summary>
    private static async Task<long> HoldAsync(TransportOptions options, int connections, int claimed)
    {
        await using var transport = TestTransport.Open(options);
        List<Socket> sockets = [];
        for (var i = 0; i < connections; i++)
            sockets.Add(await ConnectAsync(transport, claimed, Math.Min(Sent, claimed - 1)));
        await Eventually.HoldsAsync(
            () => transport.Counters.Read() is var now
                && (now.Buffered == (long)connections * (Math.Min(Sent, claimed - 1) + Frames.HeaderSize)
                    || now.FramesUnread + now.ConnectionsUnread == connections),
            "all was read, or all are gone");
        var held = transport.Counters.Read().Buffered;
        sockets.ForEach(socket => socket.Dispose());
        return held;
    }

    /// <summary>
    /// How many frames that do not open are judged, of 400 connections with one each, and how many connections are closed unread.
    /// </summary>
    private static async Task<(int Judged, int Unread)> FloodAsync(TransportOptions options)
    {
        await using var transport = TestTransport.Open(options);
        var judged = 0;
        for (var i = 0; i < 400; i++)
        {
            var before = transport.Counters.Read();
            using var socket = await ConnectAsync(transport, 8_000, 8_000);
            await Eventually.HoldsAsync(
                () => !transport.MayWait || transport.Counters.Read().ConnectionsUnread > before.ConnectionsUnread, "it is read, or closed");
            if (transport.MayWait)
                continue;
            transport.Judge(transport.Next().Peer, Delivery.Stream, new PacketOutcome(DropReason.BadSeal));
            judged++;
            await Eventually.HoldsAsync(() => transport.Counters.Read().Inbound == 0, "it is closed");
        }

        return (judged, (int)transport.Counters.Read().ConnectionsUnread);
    }

    private static void TrySend(Socket socket)
    {
        try
        {
            socket.Send([7]);
        }
        catch (SocketException)
        {
            // It is closed already.
        }
    }

    private static async Task<Socket> ConnectAsync(SocketTransport transport, int claimed = 0, int sent = 0, string? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(transport.Local.ToEndPoint());
        if (claimed == 0)
            return socket;
        var bytes = new byte[Frames.HeaderSize + sent];
        BinaryPrimitives.WriteInt32BigEndian(bytes, claimed);
        try
        {
            for (var rest = bytes.AsMemory(); rest.Length > 0;)
                rest = rest[await socket.SendAsync(rest)..];
        }
        catch (SocketException)
        {
            // It is closed already: that is what it is about.
        }

        return socket;
    }
}
