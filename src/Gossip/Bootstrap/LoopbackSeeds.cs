using System.Net;
using System.Runtime.CompilerServices;
using Gossip.Transport;

namespace Gossip.Bootstrap;

/// <summary>
/// The well-known ports on this machine. Whichever process of the cluster holds one is a seed for all others here, so that processes on one
/// machine find each other even where multicast does not work; when it goes, the next one that starts takes its place, and the others are
/// told by this source. A node that listens at one address of the machine only is looked for at that address too.
/// </summary>
internal sealed class LoopbackSeeds(IPAddress bound, int wellKnownPort, TimeProvider time) : ISeedSource
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var loopback = bound.AddressFamily == IPAddress.Loopback.AddressFamily || bound.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        var isElsewhere = !bound.Equals(loopback) && !bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any);
        IPAddress[] addresses = isElsewhere ? [loopback, bound] : [loopback];
        var seeds = addresses.SelectMany(address => Enumerable.Range(wellKnownPort, BoundSockets.WellKnownPorts), (address, port) => new IPEndPoint(address, port)).ToArray();
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            foreach (var seed in seeds)
                yield return seed;
        }
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
    }
}
