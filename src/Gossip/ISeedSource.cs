using System.Net;

namespace Gossip;

/// <summary>
/// Finds addresses at which a node of the cluster may listen. Add your own sources to the service collection; the node asks all of them.
/// </summary>
public interface ISeedSource
{
    /// <summary>Its name in the diagnostic endpoint and in the log.</summary>
    string Name => GetType().Name;

    /// <summary>
    /// Yields addresses as they are found. It may repeat addresses, since the node ignores those it knows. When the sequence ends or fails,
    /// the method is called again after a while.
    /// </summary>
    IAsyncEnumerable<IPEndPoint> FindAsync(CancellationToken cancellationToken = default);
}
