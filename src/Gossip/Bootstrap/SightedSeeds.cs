using System.Net;
using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Bootstrap;

/// <summary>
/// Which of the addresses that mDNS tells are asked next. Whoever is on the link can say that nodes are at any address, and every machine
/// of the link hears it. So what such words draw has a bound: so many questions in an interval, to each node that is told of one before
/// the second to any, none to what is no address of a node's, and none on behalf of members that are known to live.
/// </summary>
internal sealed class SightedSeeds
{
    /// <summary>
    /// Addresses asked in one interval, as many as of configured seeds: silent ones leave room for the addresses that are found elsewhere.
    /// </summary>
    public const int PerInterval = 16;

    private readonly Dictionary<(string Link, string Instance), MdnsSighting> _seen = [];
    private readonly Queue<IPEndPoint> _next = [];
    private int _left = PerInterval;

    /// <summary>Takes in a node that was seen, or seen anew.</summary>
    /// <param name="sighting">The node.</param>
    /// <param name="own">This node.</param>
    /// <returns>What is asked of it at once.</returns>
    public IReadOnlyList<IPEndPoint> Add(MdnsSighting sighting, NodeIdentity own)
    {
        var usable = sighting with { Endpoints = [.. sighting.Endpoints.Where(endpoint => IsOfANode(endpoint, own))] };
        _seen[(sighting.Link, sighting.Instance)] = usable;
        var asked = usable.Endpoints.Take(_left).ToList();
        _left -= asked.Count;
        return asked;
    }

    public void Remove(MdnsSighting lost) => _seen.Remove((lost.Link, lost.Instance));

    /// <summary>Another interval begins.</summary>
    /// <param name="isKnownToLive">Whether an instance is a member that is known to live.</param>
    /// <returns>What is asked in it of those that were seen before.</returns>
    public IReadOnlyList<IPEndPoint> Next(Func<string, bool> isKnownToLive)
    {
        if (_next.Count == 0)
            foreach (var endpoint in InTurns(_seen.Values.Where(sighting => !isKnownToLive(sighting.Instance))))
                _next.Enqueue(endpoint);
        var asked = new List<IPEndPoint>();
        while (asked.Count < PerInterval && _next.TryDequeue(out var endpoint))
            asked.Add(endpoint);
        _left = PerInterval - asked.Count;
        return asked;
    }

    /// <summary>The first addresses of all, then the second ones: who names many takes no turn of others.</summary>
    private static IEnumerable<IPEndPoint> InTurns(IEnumerable<MdnsSighting> seen) =>
        seen.SelectMany(sighting => sighting.Endpoints.Select((endpoint, turn) => (endpoint, turn)))
            .OrderBy(one => one.turn).Select(one => one.endpoint).Distinct();

    private static bool IsOfANode(IPEndPoint endpoint, NodeIdentity own) =>
        PeerAddress.From(endpoint) is { IsUnicast: true } address && SpecialAddresses.IsPlausible(address, own.Advertised);
}
