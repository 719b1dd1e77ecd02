using System.Net;

namespace Gossip;

/// <summary>
/// Finds addresses at which a node of the cluster may listen. Add your own to the service collection; the node asks all of them.
/// </summary>
public interface ISeedSource
{
    /// <summary>What the diagnostic endpoint and the log call it.</summary>
    string Name => GetType().Name;

    /// <summary>
    /// Yields addresses as they are found, the same ones again when it pleases: the node ignores those it knows. When the sequence
    /// ends or fails it is asked for again after a while.
    /// </summary>
    IAsyncEnumerable<IPEndPoint> FindAsync(CancellationToken cancellationToken = default);
}
