using System.Net;
using System.Net.Sockets;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

public sealed class PortRuleTests
{
    [Fact]
    public void The_first_takes_the_well_known_port_and_the_next_ones_take_any()
    {
        var wellKnown = TestPorts.Free();
        using var first = BoundSockets.Bind(IPAddress.Loopback, null, wellKnown);
        using var second = BoundSockets.Bind(IPAddress.Loopback, null, wellKnown);
        using var third = BoundSockets.Bind(IPAddress.Loopback, null, wellKnown);
        Assert.Equal(wellKnown, first.Port);
        Assert.Equal(3, new HashSet<int> { first.Port, second.Port, third.Port }.Count);
    }

    [Fact]
    public void Both_sockets_have_the_same_number()
    {
        using var sockets = BoundSockets.Bind(IPAddress.Loopback, 0, 0);
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
        using var sockets = BoundSockets.Bind(IPAddress.Loopback, null, wellKnown);
        Assert.NotEqual(wellKnown, sockets.Port);
    }

    [Fact]
    public void A_port_that_was_asked_for_and_is_taken_is_an_error()
    {
        using var first = BoundSockets.Bind(IPAddress.Loopback, 0, 0);
        var error = Assert.Throws<SocketException>(() => BoundSockets.Bind(IPAddress.Loopback, first.Port, first.Port).Dispose());
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
    }
}
