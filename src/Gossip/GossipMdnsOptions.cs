namespace Gossip;

/// <summary>How mDNS is used. Nothing needs to be set; <see cref="GossipOptions.UseMdns"/> decides whether it is used at all.</summary>
public sealed class GossipMdnsOptions
{
    /// <summary>
    /// The interfaces to use: names such as "eth0", in which "*" stands for any characters and "?" for one, or "!docker*" for those to
    /// leave out, which wins. Default: every interface that is up and carries multicast, except loopback and point-to-point links such as
    /// VPNs; those are used when a name without "!" matches them.
    /// </summary>
    public List<string> Interfaces { get; set; } = [];

    /// <summary>
    /// Whether the endpoints of this process's service are shown to mDNS browsers that know nothing of gossip, as DNS-SD instances:
    /// "http://..." as "_http._tcp", and so on. Off by default, since every host on the link can see them.
    /// </summary>
    public bool PublishServices { get; set; }
}
