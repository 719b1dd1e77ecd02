using Gossip.Configuration;
using System.Net;
using System.Net.Sockets;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

public sealed class PortRuleTests
{
    [Fact]
    public void The_first_ones_take_the_well_known_ports_and_the_next_ones_take_any()
    {
        var wellKnown = TestPorts.Free();
        var sockets = Enumerable.Range(0, 6).Select(_ => BoundSockets.Bind(IPAddress.Loopback, null, WellKnownPorts.From(wellKnown))).ToList();
        Assert.Equal(Enumerable.Range(wellKnown, 4), sockets.Take(4).Select(one => one.Port));
        Assert.Equal(6, sockets.DistinctBy(one => one.Port).Count());
        sockets.ForEach(one => one.Dispose());
    }

    [Fact]
    public void Both_sockets_have_the_same_number()
    {
        using var sockets = BoundSockets.Bind(IPAddress.Loopback, 0, []);
        Assert.Equal(sockets.Datagrams.LocalEndPoint, sockets.Listener.LocalEndPoint);
    }

    [Theory]
    [InlineData(ProtocolType.Udp)]
    [InlineData(ProtocolType.Tcp)]
    public void A_number_of_which_half_is_taken_is_taken(ProtocolType half)
    {
        var wellKnown = TestPorts.Free();
        using var other = new Socket(AddressFamily.InterNetwork, half == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, half);
        other.Bind(new IPEndPoint(IPAddress.Loopback, wellKnown));
        if (half == ProtocolType.Tcp)
            other.Listen();
        using var sockets = BoundSockets.Bind(IPAddress.Loopback, null, WellKnownPorts.From(wellKnown));
        Assert.NotEqual(wellKnown, sockets.Port);
    }

    [Fact]
    public void A_port_that_was_asked_for_and_is_taken_is_an_error()
    {
        using var first = BoundSockets.Bind(IPAddress.Loopback, 0, []);
        var error = Assert.Throws<SocketException>(() => BoundSockets.Bind(IPAddress.Loopback, first.Port, []).Dispose());
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
    }
}
