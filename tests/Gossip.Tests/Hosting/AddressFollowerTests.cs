using System.Net;
using System.Net.NetworkInformation;
using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Hosting;

/// <summary>A machine that has the addresses of which the test tells: nothing of the real one is changed.</summary>
public sealed class AddressFollowerTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_move_that_fails_half_way_is_made_again_and_takes_the_endpoints_with_it()
    {
        var (isBusy, tries, moves) = (false, 0, 0);
        InterfaceAddress[] machine = [At("10.0.0.5")];
        await using var host = await TestHost.StartAsync(
            options => (options.Port, options.WellKnownPort, options.AdvertiseAddress) = (0, TestPorts.Free(), "10.0.0.5"),
            services => services.AddSingleton(new ListeningAddresses(Listening)));
        Assert.Equal("10.0.0.5", Endpoint());
        var node = host.Identity with { Local = PeerAddress.From(IPAddress.Any, host.Identity.Local.Port), AdvertisedBecause = "a test" };
        await using var follower = new AddressFollower(node, () => Volatile.Read(ref machine), MoveAsync, _time, NullLogger.Instance);

        Volatile.Write(ref isBusy, true);
        Volatile.Write(ref machine, [At("10.0.0.105")]);
        await LookUntilAsync(() => Volatile.Read(ref tries) > 0 && Endpoint() == "10.0.0.5", "the node has moved, and its instance could not");
        Assert.Equal("10.0.0.105", host.Identity.Advertised.ToIPAddress().ToString());
        Volatile.Write(ref isBusy, false);
        await LookUntilAsync(() => Volatile.Read(ref moves) > 0, "the move is made again");

        Assert.Equal("10.0.0.105", Endpoint());

        string Endpoint() => Assert.Single(Assert.Single(host.Discovery.GetInstances("app")).Endpoints).Host;

        // Asked between the two halves: when the node has moved, and its instances have not.
        string[] Listening()
        {
            if (!Volatile.Read(ref isBusy))
                return ["http://*:5000"];
            Interlocked.Increment(ref tries);
            throw new IOException("The server is busy.");
        }

        async ValueTask MoveAsync(ChosenAddress chosen)
        {
            await host.Services.GetRequiredService<GossipLifecycle>().MoveAsync(chosen);
            Interlocked.Increment(ref moves);
        }
    }

    private Task LookUntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            _time.Advance(3);
            return condition();
        },
        what);

    private static InterfaceAddress At(string address) =>
        new("eth0", NetworkInterfaceType.Ethernet, IsUp: true, HasGateway: true, IPAddress.Parse(address)) { Prefix = 24 };
}
