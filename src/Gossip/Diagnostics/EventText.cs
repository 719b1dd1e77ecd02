using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>Says in one sentence what happened.</summary>
internal static class EventText
{
    /// <param name="happened">What happened.</param>
    /// <param name="self">The node that saw it.</param>
    public static string Of(NodeEvent happened, MemberId self)
    {
        var (name, address, words) = (happened.Name, happened.Address, happened.Testimonies);
        var grounds = words.Count == 0 ? "" : EvidenceText.Of(words, address);
        return happened.Kind switch
        {
            ClusterEventKind.MemberJoined when words.Count > 0 => $"{name} is back at {address}: it lives, although {grounds}.",
            ClusterEventKind.MemberJoined => $"{name} joined at {address}.",
            ClusterEventKind.MemberUpdated => $"{name} changed its name, address or zone: it is at {address}.",
            ClusterEventKind.MemberSuspected => $"{name} is suspected: {grounds}.",
            ClusterEventKind.SuspicionConfirmed => $"The suspicion of {name} is confirmed: {EvidenceText.Of([words[^1]], address)}.",
            ClusterEventKind.MemberRefuted when words.Count == 0 => happened.Id == self
                ? "This node was said to be gone, and says that it is alive."
                : $"{name} was said to be gone, and says that it is alive.",
            ClusterEventKind.MemberRefuted when happened.Id == self => $"This node was accused, and says that it is alive: {grounds}.",
            ClusterEventKind.MemberRefuted => $"{name} says that it is alive, and so refutes that {grounds}.",
            ClusterEventKind.MemberDied =>
                $"{name} is held dead: {grounds}; so {EvidenceText.Conclusion(EvidenceText.Gravest(words))}.",
            ClusterEventKind.MemberLeft => $"{name} left: it said goodbye.",
            ClusterEventKind.MemberForgotten => $"{name} is forgotten: it has been gone for long.",
            ClusterEventKind.ServicesChanged when happened.News.Length > 0 => $"{name}: {happened.News}.",
            ClusterEventKind.ServicesChanged => $"The services of {name} changed.",
            ClusterEventKind.Synchronized => "This node has the state of the cluster.",
            ClusterEventKind.NameConflict => $"Another live node, at {address}, has the name '{name}' of this one.",
            ClusterEventKind.AddressConflict => $"{name} claims this node's address {address}.",
            ClusterEventKind.Impersonated => "Another process speaks in this node's name.",
            ClusterEventKind.DatagramsBlocked =>
                $"No datagram passes between {name} at {address} and this node; relays or streams still reach it.",
            ClusterEventKind.DatagramsPass => $"Datagrams pass again between {name} and this node.",
            ClusterEventKind.MemberOutOfReach =>
                $"{name} says that it is alive, but answers nothing that this node asks at {address}, by any path.",
            ClusterEventKind.MemberWithinReach => $"{name} answers this node again.",
            _ => $"{happened.Kind} of {name}.",
        };
    }
}
