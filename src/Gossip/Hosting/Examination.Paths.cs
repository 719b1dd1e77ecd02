using Gossip.Diagnostics;

namespace Gossip.Hosting;

/// <content>Where this node is, and which members it reaches there.</content>
internal sealed partial record Examination
{
    private IEnumerable<GossipFinding> LostAddress()
    {
        if (Address is not { IsGone: true } standing)
            yield break;
        var isConfigured = Report.Identity.AdvertisedBecause == NodeIdentity.Configured;
        yield return new(FindingSeverity.Error, "address-gone",
            $"This node advertises {Report.Identity.Advertised} ({Report.Identity.AdvertisedBecause}), which has gone from this machine; "
                + $"it has {string.Join(", ", standing.Has)}.",
            standing.CanFollow
                ? "Nothing, if the machine is to have a network again: "
                    + "the node takes another address by itself as soon as there is one that others may reach."
                : isConfigured
                    ? "Correct Gossip:AdvertiseAddress, or leave it out: then the node follows its machine's address by itself."
                    : "Correct Gossip:BindAddress and restart; with 0.0.0.0 the node follows its machine's address by itself.");
    }

    /// <summary>
    /// Members that live, and answer nothing that this node asks: mostly a machine in two networks that advertises its address in the
    /// other. A suspect is reported as soon as its address shows the cause; the mark takes two refutations, which are far apart for such a
    /// node.
    /// </summary>
    private IEnumerable<GossipFinding> OutOfReach()
    {
        foreach (var member in Others)
        {
            var elsewhere = Report.AnsweredElsewhere
                .Where(answered => answered.Value == member.Profile.Id).Select(answered => answered.Key).ToList();
            var isExplained = elsewhere.Count > 0 || IsElsewhere(member);
            if (!member.IsOutOfReach && !(member.State == MemberState.Suspect && isExplained))
                continue;
            var severity = member.IsOutOfReach ? FindingSeverity.Error : FindingSeverity.Warning;
            var consequence = member.IsOutOfReach ? " Its instances are not offered here." : "";
            yield return elsewhere.Count > 0
                ? new(severity, "out-of-reach",
                    $"{member.Name} answers this node at {string.Join(", ", elsewhere)}, but not at {member.Address}, which it advertises: "
                    + $"it is in more than one network, and this node is not in that of its address{Networks}.{consequence}",
                    $"Set Gossip:AdvertiseAddress of {member.Name} to an address that all nodes reach, "
                        + "or route between the networks, UDP and TCP, both ways.")
                : new(severity, "out-of-reach",
                    $"{member.Name} says that it is alive at {member.Address}, "
                        + "but answers nothing that this node asks it there, directly, through others or by TCP"
                    + (isExplained ? $": the two are in different networks{Networks}.{consequence}" : $".{consequence}"),
                    isExplained
                        ? $"Route between the networks of {Report.Identity.Advertised} and {member.Address}, UDP and TCP, both ways, "
                            + $"or set Gossip:AdvertiseAddress of {member.Name} to an address that all nodes reach."
                        : $"See that {member.Address} is still an address of its machine, and that UDP and TCP pass to it, both ways.");
        }
    }

    private IEnumerable<GossipFinding> Paths() => Report.IndirectlyReached.Select(member => IsElsewhere(member)
        ? new GossipFinding(FindingSeverity.Warning, "other-network",
            $"{member.Name} is reached only {PathTo(member)}: "
                + $"this node at {Report.Identity.Advertised} and {member.Name} at {member.Address} do not reach each other directly, "
                + $"as they are in different networks{Networks}.",
            "Calls between the two fail, though each holds the other alive. "
                + "Route between the networks, UDP and TCP, both ways, "
                + "or set Gossip:AdvertiseAddress of each to an address that all nodes reach.")
        : new GossipFinding(FindingSeverity.Warning, "udp-blocked",
            $"No UDP passes between this node and {member.Name} at {member.Address}; they reach each other through others, or by TCP.",
            $"Open UDP between {Report.Identity.Advertised} and {member.Address}, in both directions."));

    /// <summary>If only one other member is reached directly, that is the way.</summary>
    private string PathTo(MemberSnapshot indirect)
    {
        var direct = Others
            .Where(other => !other.IsOutOfReach && other.Profile.Id != indirect.Profile.Id
                && Report.IndirectlyReached.All(one => one.Profile.Id != other.Profile.Id))
            .Take(2).ToList();
        return direct.Count == 1 ? $"through {direct[0].Name} at {direct[0].Address}" : "through others, or by TCP";
    }

    private IEnumerable<GossipFinding> Room()
    {
        var unheld = Others.Where(one => one.IsUnheld).Select(one => one.Name).ToList();
        if (unheld.Count > 0)
            yield return new(FindingSeverity.Warning, "no-room",
                $"The services of {Count(unheld.Count, "member", "members")} are known and not held here, for lack of room: "
                    + $"{string.Join(", ", unheld.Take(5))}.",
                $"Raise Gossip:Protocol:MaxRecordBytes, which is {Report.Options.MaxRecordBytes}, on this node; one member's services take "
                    + "an eighth of it at the most. Or look for members that are not yours.");
    }

    /// <summary>The networks of this machine, for people; empty where they are not known.</summary>
    private string Networks =>
        Address is { Networks.Count: > 0 } standing ? $" (this machine is in {string.Join(", ", standing.Networks)})" : "";

    /// <summary>
    /// Whether a member's address is in none of this machine's networks of that family. A router may lead there, but this is only asked of
    /// members to which nothing passes.
    /// </summary>
    private bool IsElsewhere(MemberSnapshot member)
    {
        var address = member.Address.Address;
        var networks = Address?.Networks.Where(network => network.BaseAddress.AddressFamily == address.AddressFamily).ToList() ?? [];
        return networks.Count > 0 && !networks.Exists(network => network.Contains(address));
    }
}
