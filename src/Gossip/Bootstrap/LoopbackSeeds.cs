using System.Net;
using System.Runtime.CompilerServices;

namespace Gossip.Bootstrap;

/// <summary>
/// The well-known port on this machine. Whichever process holds it is a seed for all others here, so that processes on one machine find
/// each other even where multicast does not work; when it goes, the next one that starts takes its place, and the others are told by this
/// source. A node that listens at one address of the machine only is looked for at that address too.
/// </summary>
internal sealed class LoopbackSeeds(IPAddress bound, int wellKnownPort, TimeProvider time) : ISeedSource
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var loopback = bound.AddressFamily == IPAddress.Loopback.AddressFamily || bound.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        var onLoopback = new IPEndPoint(loopback, wellKnownPort);
        var isElsewhere = !bound.Equals(loopback) && !bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any);
        var onBound = isElsewhere ? new IPEndPoint(bound, wellKnownPort) : null;
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            yield return onLoopback;
            if (onBound is not null)
                yield return onBound;
        }
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
    }
}
