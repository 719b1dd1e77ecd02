using System.Diagnostics;
using Gossip.Statistics;

namespace Gossip.Discovery;

/// <summary>What the span of a caller says of the instance that was chosen for it.</summary>
internal static class PickEvent
{
    /// <param name="span">The caller's.</param>
    /// <param name="query">What was asked for.</param>
    /// <param name="selector">What has chosen.</param>
    /// <param name="candidates">Among how many.</param>
    /// <param name="chosen">Null for none.</param>
    /// <param name="attempt">The number of the try, from 1.</param>
    public static void Add(Activity span, ServiceQuery query, string selector, int candidates, ServiceInstance? chosen, int attempt)
    {
        var tags = new ActivityTagsCollection
        {
            [ServiceCalls.ServiceTag] = query.Service,
            ["gossip.call.selector"] = selector,
            ["gossip.call.candidates"] = candidates,
            ["gossip.call.attempt"] = attempt,
        };
        if (chosen is not null)
        {
            tags["gossip.instance.id"] = chosen.InstanceId;
            tags["gossip.node.name"] = chosen.NodeName;
        }

        var endpoint = query.Endpoint ?? query.Scheme;
        if ((endpoint is null ? chosen?.Uri : chosen?.FindUri(endpoint)) is { } address)
        {
            tags["server.address"] = address.Host;
            tags["server.port"] = address.Port;
        }

        span.AddEvent(new ActivityEvent("gossip.pick", tags: tags));
    }
}
