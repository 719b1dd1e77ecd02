using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>Says in one sentence what the story has, of nobody's view in particular.</summary>
internal static class StoryText
{
    public static string Of(StoryEntry entry)
    {
        var (name, tellers) = (entry.Name, List([.. entry.SeenBy.Select(one => one.Name).Distinct()]));
        var grounds = List([.. entry.Testimonies.Select(EvidenceText.Of)]);
        return entry.Kind switch
        {
            ClusterEventKind.MemberJoined when entry.Testimonies.Count > 0 => $"{name} is back at {entry.Address}, though {grounds}.",
            ClusterEventKind.MemberJoined => $"{name} joined at {entry.Address}.",
            ClusterEventKind.MemberUpdated => $"{name} changed its name, address or zone: it is at {entry.Address}.",
            ClusterEventKind.MemberSuspected => $"{name} is suspected: {grounds}.",
            ClusterEventKind.SuspicionConfirmed => $"The suspicion of {name} is confirmed: {grounds}.",
            ClusterEventKind.MemberRefuted => $"{name} says that it is alive.",
            ClusterEventKind.MemberDied => $"{name} is held dead: {grounds}.",
            ClusterEventKind.MemberLeft => $"{name} left: it said goodbye.",
            ClusterEventKind.MemberForgotten => $"{name} is forgotten by {tellers}: it had been gone for long.",
            ClusterEventKind.ServicesChanged when entry.What.Length > 0 => $"{name}: {entry.What}.",
            ClusterEventKind.ServicesChanged => $"The services of {name} changed.",
            ClusterEventKind.Synchronized => $"{tellers} has the state of the cluster.",
            ClusterEventKind.NameConflict => $"{tellers} found another live node of its own name, '{name}', at {entry.Address}.",
            ClusterEventKind.AddressConflict => $"{name} claims the address of {tellers}, {entry.Address}.",
            ClusterEventKind.Impersonated => $"Another process spoke in the name of {tellers}.",
            ClusterEventKind.DatagramsBlocked => $"No datagram passes between {name} and {tellers}; relays or streams still reach it.",
            ClusterEventKind.DatagramsPass => $"Datagrams pass again between {name} and {tellers}.",
            ClusterEventKind.MemberOutOfReach => $"{name} says that it is alive, but answers nothing that {tellers} asks, by any path.",
            ClusterEventKind.MemberWithinReach => $"{name} answers {tellers} again.",
            _ => $"{entry.Kind} of {name}.",
        };
    }

    private static string List(string[] parts) => parts.Length switch
    {
        0 => "nobody tells why",
        1 => parts[0],
        _ => $"{string.Join(", ", parts[..^1])} and {parts[^1]}",
    };
}
