using System.Net;
using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Loop;
using Gossip.Protocol;

namespace Gossip.Hosting;

/// <summary>All that the doctor looks at: gathered once, so that the findings fit together.</summary>
/// <param name="Report">The node.</param>
/// <param name="Sources">What each source of seeds did.</param>
/// <param name="SeedNames">The seeds that are configured by name, each with the addresses that it resolved to last.</param>
/// <param name="Interfaces">What mDNS makes of each network interface; null where mDNS is off.</param>
/// <param name="Foreign">Nodes of other clusters and keys that announce themselves by mDNS.</param>
/// <param name="RuntimeEnvironment">Where the process runs.</param>
internal sealed partial record Examination(
    NodeReport Report,
    IReadOnlyList<SourceReport> Sources,
    IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> SeedNames,
    IReadOnlyList<MdnsVerdict>? Interfaces,
    IReadOnlyCollection<string> Foreign,
    RuntimeEnvironment RuntimeEnvironment)
{
    /// <summary>Whether the machine still has the address that the node advertises; null for a node that stays on this machine.</summary>
    public AddressStanding? Address { get; init; }

    /// <summary>Where the node looks for others of its user on this machine.</summary>
    public IReadOnlyList<MachineDirectoryReport> MachineDirectories { get; init; } = [];

    /// <summary>What the rest of the process has found.</summary>
    public IReadOnlyList<GossipFinding> Further { get; init; } = [];

    /// <summary>After so long a node that hears its own multicast has heard it.</summary>
    private static readonly TimeSpan EchoTime = TimeSpan.FromSeconds(5);

    /// <summary>What happened longer ago than this is history, and no finding.</summary>
    private static readonly TimeSpan Fades = TimeSpan.FromMinutes(10);

    public GossipDiagnosis Diagnose()
    {
        IEnumerable<GossipFinding> all =
        [
            .. Company(), .. Multicast(), .. Seeds(), .. UnreadablePackets(), .. ForeignAnnouncements(), .. KeyChange(),
            .. LostAddress(), .. Addresses(), .. OutOfReach(), .. Paths(), .. Conflicts(), .. Impersonation(), .. RefusedEndpoints(),
            .. Room(), .. OwnHealth(), .. Further,
        ];
        return new() { Findings = [.. all.OrderByDescending(finding => finding.Severity)] };
    }

    private IEnumerable<MemberSnapshot> Others =>
        Report.Members.Where(member => !member.IsSelf && member.State is MemberState.Alive or MemberState.Suspect);

    private IEnumerable<GossipFinding> Company()
    {
        if (Others.Any())
            yield break;
        var remedy = (Report.Identity.IsLocalOnly, RuntimeEnvironment) switch
        {
            (true, _) => (Report.Identity.KeyFingerprint is null
                ? "It listens on this machine only, as there is no Gossip:Key. "
                    + "Start another service here, or give all machines the same Gossip:Key. "
                : "It listens on this machine only, as Gossip:BindAddress says. "
                    + "Start another service here, or leave Gossip:BindAddress out. ")
                + OnThisMachine() + UnusedDirectories(),
            (_, RuntimeEnvironment.Kubernetes) =>
                "Set Gossip:Seeds to the name of a headless service that selects the pods; mDNS is off in Kubernetes.",
            (_, RuntimeEnvironment.Container) => "Multicast does not leave a container's bridge. "
                + "Set Gossip:Seeds to a name that resolves to the others "
                + "(in Swarm tasks.<service>), or run with the host's network.",
            _ => "If others run, see that UDP 5353 and the gossip port (UDP and TCP) are open between the machines, "
                + "or set Gossip:Seeds to one of them."
                + UnusedDirectories(),
        };
        yield return new(
            FindingSeverity.Warning, "alone",
            $"This node knows no other live member of the cluster '{Report.Identity.Cluster}' (Gossip:Cluster).", remedy);
    }

    /// <summary>Where a service that does run here may be, when it is not found.</summary>
    private string OnThisMachine()
    {
        var ports = $"only at ports {GossipOptions.DefaultPort} to {WellKnownPorts.Last}.";
        return MachineDirectories.Count == 0
            ? $"Services of this machine find each other {ports}"
            : "Services of this user find each other by the machine directory, "
                + $"for this one {string.Join(" and ", MachineDirectories.Select(one => one.Path))}, "
                + $"all others {ports} One that runs here and is not found may have another directory, "
                + "as a systemd unit with PrivateTmp has: "
                + "give both the same TMPDIR or XDG_RUNTIME_DIR.";
    }

    private string UnusedDirectories() => string.Concat(MachineDirectories.Where(one => one.Problem is not null).Select(one =>
        $" The machine directory {one.Path} is not used: {one.Problem!.TrimEnd('.')}. Make it a folder of this user alone (mode 700), "
        + "in which this process can list and write files; it is tried again by itself."));

    private IEnumerable<GossipFinding> Multicast()
    {
        if (Interfaces is null)
            yield break;
        if (!Interfaces.Any(one => one.IsUsed))
        {
            yield return new(FindingSeverity.Warning, "no-multicast",
                $"mDNS speaks on no interface: {string.Join("; ", Interfaces.Select(one => $"{one.Interface}: {one.Reason}"))}.",
                "Set Gossip:Seeds, or name an interface in Gossip:Mdns:Interfaces.");
        }

        foreach (var deaf in Interfaces.Where(one => one.IsUsed && !one.HearsItself && Report.Uptime > EchoTime))
        {
            yield return new(FindingSeverity.Warning, "multicast-unheard",
                $"This node does not hear its own multicast on {deaf.Interface} ({deaf.Reason}): "
                    + "a firewall drops UDP 5353, or the interface carries no multicast.",
                "Let UDP 5353 to 224.0.0.251 and ff02::fb pass, or set Gossip:Seeds.");
        }
    }

    private IEnumerable<GossipFinding> Seeds()
    {
        foreach (var source in Sources.Where(source => source.Problem is not null))
            yield return new(FindingSeverity.Warning, "source-failed",
                $"The source {source.Name} failed at {source.FailedAt:u}: {source.Problem}.", "It is asked again by itself.");
        foreach (var source in Sources.Where(source => source.Unusable > 0))
        {
            // Who has addresses of two families is reached at one of them, and nothing is wrong.
            var severity = source.Unusable == source.Found.Count ? FindingSeverity.Warning : FindingSeverity.Note;
            yield return new(severity, "unusable-seeds",
                $"Of {Count(source.Found.Count, "address", "addresses")} that the source {source.Name} told of late, "
                    + "this node cannot send to "
                + $"{source.Unusable}, as it listens at {Report.Identity.Local}.",
                "Set Gossip:BindAddress to :: for both IPv4 and IPv6.");
        }

        foreach (var (name, addresses) in SeedNames)
        {
            var silent = SilentOf(addresses);
            if (addresses.Count == 0)
                yield return new(FindingSeverity.Warning, "seed-unresolved",
                    $"The seed '{name}' does not resolve.",
                    "Correct Gossip:Seeds, or the name's entry in DNS.");
            else if (silent.Count > 0)
                yield return new(FindingSeverity.Warning, "seed-silent",
                    $"The seed '{name}' stands for {Count(addresses.Count, "address", "addresses")}, "
                        + $"and at {silent.Count} of them no member is known: {string.Join(", ", silent.Take(5))}.",
                    "See that a node of this cluster and key runs there, and that UDP and TCP pass to its port.");
        }
    }

    /// <summary>
    /// At which of a name's addresses nobody is known. A host of two families is one member, known at one address: the family in which
    /// fewer are silent counts.
    /// </summary>
    private List<IPEndPoint> SilentOf(IReadOnlyList<IPEndPoint> addresses) => addresses
        .Where(address => Report.Identity.CanReach(PeerAddress.From(address)))
        .GroupBy(address => address.AddressFamily)
        .Select(family => family.Where(address => !IsMember(address)).ToList())
        .MinBy(silent => silent.Count) ?? [];

    private IEnumerable<GossipFinding> UnreadablePackets() => Report.UnreadablePackets
        .Where(stranger => IsRecent(stranger.LastAt))
        .GroupBy(stranger => stranger.Reason)
        .Select(group => new GossipFinding(
            group.Any(stranger => LostAt(stranger.Peer) is not null) ? FindingSeverity.Warning : FindingSeverity.Note, "strangers",
            $"Nodes were left alone because {Why(group.Key)}, {Named(group).Count} {(IsFull ? "and more" : "in all")}: "
            + $"{string.Join(", ", Named(group).Take(5))}; "
            + $"last heard at {group.Max(stranger => stranger.LastAt):u}.",
            "If they belong to this cluster, give all nodes the same Gossip:Cluster and Gossip:Key."
            + (IsFull ? " So many are a flood of forged addresses: those heard by TCP, or from this machine, are named first." : "")));

    private bool IsFull => Report.UnreadablePackets.Count >= Strangers.Most;

    /// <summary>
    /// Those that are really there first. One that was heard by stream is named with the port of its datagrams, where there were any.
    /// </summary>
    private List<string> Named(IEnumerable<UnreadablePacketReport> strangers)
    {
        var hosts = strangers.GroupBy(stranger => stranger.Peer.WithPort(0)).ToList();
        return
        [
            .. hosts.OrderByDescending(host => host.Any(stranger => stranger.IsReal))
                .ThenByDescending(host => host.Max(stranger => stranger.LastAt))
                .SelectMany(host => host.Where(stranger => stranger.Peer.Port != 0 || host.Count() == 1))
                .Select(stranger => LostAt(stranger.Peer) is { } lost ? $"{stranger.Where}, where {lost.Name} was" : stranger.Where),
        ];
    }

    /// <summary>The member that was at an address and is held dead: most likely it is still there, and understood no more.</summary>
    private MemberSnapshot? LostAt(PeerAddress address) => Report.Members.FirstOrDefault(
        member => member.State == MemberState.Dead && member.Profile.Address.WithScope(0) == address.WithScope(0));

    private IEnumerable<GossipFinding> ForeignAnnouncements()
    {
        if (Foreign.Count > 0)
        {
            yield return new(FindingSeverity.Note, "foreign-nodes",
                $"Nodes that announce themselves by mDNS were left alone, {Foreign.Count} in all: {string.Join(", ", Foreign.Take(5))}; "
                    + $"this one is of '{Report.Identity.Cluster}' with key {Report.Identity.KeyFingerprint ?? "none"}.",
                "If they belong to this cluster, give all nodes the same Gossip:Cluster and Gossip:Key.");
        }
    }

    private string Why(DropReason reason) => reason switch
    {
        DropReason.ForeignCluster => $"they are of another cluster than '{Report.Identity.Cluster}'",
        DropReason.Unsealed => "they have no key, and this one has",
        _ => "they have a key that this one does not have",
    };

    private IEnumerable<GossipFinding> Addresses() => Report.ObservedAddresses.Select(appearance => new GossipFinding(
        FindingSeverity.Warning, "address-mismatch",
        $"This node advertises {Report.Identity.Advertised} ({Report.Identity.AdvertisedBecause}), "
            + $"and looks like {appearance.Address} to {Count(appearance.Peers, "peer", "peers")}.",
        "If others do not reach it, set Gossip:AdvertiseAddress to the address at which they do."));

    private IEnumerable<GossipFinding> Conflicts() => Report.Events
        .Where(happened => happened.Kind is ClusterEventKind.NameConflict or ClusterEventKind.AddressConflict
            && Others.Any(other => other.Profile.Id == happened.Id))
        .DistinctBy(happened => (happened.Kind, happened.Id))
        .Select(happened => happened.Kind == ClusterEventKind.NameConflict
            ? new GossipFinding(FindingSeverity.Warning, "name-conflict",
                $"Another node, at {happened.Address}, is called '{happened.Name}' too.",
                "Give one of them another Gossip:NodeName, or leave it out.")
            : new GossipFinding(FindingSeverity.Error, "address-conflict",
                $"Another node, '{happened.Name}', claims this node's address {happened.Address}.",
                "Correct Gossip:AdvertiseAddress on one of them."));

    private IEnumerable<GossipFinding> RefusedEndpoints() => Report.Snapshot.Services
        .SelectMany(Report.Snapshot.GetAllInstances)
        .Where(instance => instance.RefusedEndpoints.Count > 0)
        .Take(5)
        .Select(instance => new GossipFinding(FindingSeverity.Warning, "endpoint-refused",
            $"{instance.NodeName} at {instance.Owner!.Address} says that '{instance.Service}' is reached at "
                + $"{string.Join(", ", instance.RefusedEndpoints.Take(3))}, where each caller would reach another host, or its own.",
            "Nobody is sent there. Have that service name the address at which the others reach it, by Gossip:Service:Endpoints or "
                + "Gossip:Service:Host; if nobody there wrote this, somebody speaks in that node's name."));

    private IEnumerable<GossipFinding> Impersonation()
    {
        var forged = Report.Events.Where(happened => happened.Kind == ClusterEventKind.Impersonated && IsRecent(happened.At)).ToList();
        if (forged.Count > 0)
        {
            yield return new(FindingSeverity.Error, "impersonated",
                $"Another process speaks in this node's name: claims came that this node never made, the last at {forged[^1].At:u}. "
                    + "They are outranked, so others still see this node as it is.",
                Report.Identity.KeyFingerprint is not null
                    ? "The sender has Gossip:Key. Change the key on every node."
                    : "There is no Gossip:Key, so every process that reaches the port is believed. "
                        + "Look for one that is no node, or set a key.");
        }
    }

    private IEnumerable<GossipFinding> OwnHealth()
    {
        if (Report.FailedAt is { } failed)
        {
            yield return new(IsRecent(failed) ? FindingSeverity.Error : FindingSeverity.Note, "loop-failed",
                $"{Count(Report.LoopFailures, "turn", "turns")} of the gossip loop failed, the last at {failed:u}.",
                "This is a bug: please report it, with the log.");
        }

        if (Report.StalledAt is { } stalled && IsRecent(stalled))
        {
            yield return new(FindingSeverity.Note, "stalled",
                "This process stood still for longer than the protocol likes, "
                    + $"{Count(Report.Counters.Stalls, "time", "times")} since its start, "
                + $"the last time at {stalled:u}.",
                "Look for long garbage collections, or for a limit of the processor.");
        }

        if (Report.LocalHealth > 0)
            yield return new(FindingSeverity.Note, "unwell",
                $"This node holds itself for unwell ({Report.LocalHealth}): its probes fail more often than those of others.",
                "Nothing, if it passes: the node accuses others more slowly meanwhile. "
                    + "If it stays, look for a limit of the processor, an overloaded machine, "
                + "or packets that get lost on the way to it.");
    }

    private static string Count(long number, string one, string many) => $"{number} {(number == 1 ? one : many)}";

    private bool IsRecent(DateTimeOffset at) => Report.StartedAt + Report.Uptime - at < Fades;

    /// <summary>Whether a member, or this node, is known there; at an address of loopback, a member of this machine.</summary>
    private bool IsMember(IPEndPoint address)
    {
        var peer = PeerAddress.From(address);
        var here = Report.Identity.Advertised.WithPort(peer.Port);
        return Report.Identity.IsAt(peer)
            || Others.Any(other => other.Profile.Address == peer || (peer.IsLoopback && other.Profile.Address == here))
            || Report.AnsweredElsewhere.Any(answered => answered.Key == peer);
    }
}
