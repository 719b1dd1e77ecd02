using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Gossip.Bootstrap;

/// <summary>One interface under one address family: what mDNS calls a link.</summary>
internal sealed record MdnsInterface(string Name, int Index, AddressFamily Family, IReadOnlyList<(IPAddress Address, int Prefix)> Subnets)
{
    /// <summary>A machine with more links than this (bridges of containers, mostly) needs other seeds.</summary>
    private const int MostLinks = 64;

    /// <summary>What one SRV target can have (the limit of the DNS room).</summary>
    private const int MostAddresses = 8;

    public bool IsV4 => Family == AddressFamily.InterNetwork;

    public string Link => IsV4 ? $"{Name} IPv4" : $"{Name} IPv6";

    /// <summary>The addresses worth publishing: those anyone can use come first, link-local IPv6 last.</summary>
    public IReadOnlyList<IPAddress> Addresses =>
        [.. Subnets.Select(subnet => subnet.Address).OrderBy(Reach).Take(MostAddresses)];

    /// <summary>Every link of this machine that can carry mDNS.</summary>
    public static IReadOnlyList<MdnsInterface> List()
    {
        var links = new List<MdnsInterface>();
        foreach (var card in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Linux reports "unknown" for tunnels and dummies that are up.
            if (card.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown)
                || card.NetworkInterfaceType == NetworkInterfaceType.Loopback || !card.SupportsMulticast)
                continue;
            var properties = card.GetIPProperties();
            var subnets = properties.UnicastAddresses.Select(unicast => (unicast.Address, unicast.PrefixLength)).ToList();
            if (card.Supports(NetworkInterfaceComponent.IPv4) && subnets.Exists(subnet => subnet.Address.AddressFamily == AddressFamily.InterNetwork))
                links.Add(new MdnsInterface(card.Name, properties.GetIPv4Properties().Index, AddressFamily.InterNetwork, subnets));
            if (card.Supports(NetworkInterfaceComponent.IPv6) && subnets.Exists(subnet => subnet.Address.IsIPv6LinkLocal))
                links.Add(new MdnsInterface(card.Name, properties.GetIPv6Properties().Index, AddressFamily.InterNetworkV6, subnets));
        }

        return links.Count > MostLinks ? links[..MostLinks] : links;
    }

    /// <summary>RFC 6762 §11: what comes by unicast counts only from a peer on the link, and goes only to one.</summary>
    public bool IsOnLink(IPAddress peer) =>
        peer.IsIPv6LinkLocal || Subnets.Any(subnet => subnet.Address.AddressFamily == peer.AddressFamily && IsWithin(peer, subnet));

    public bool SameAs(MdnsInterface other) => Index == other.Index && Family == other.Family && Subnets.SequenceEqual(other.Subnets);

    private static int Reach(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? 0 : address.IsIPv6LinkLocal ? 2 : 1;

    private static bool IsWithin(IPAddress peer, (IPAddress Address, int Prefix) subnet)
    {
        byte[] one = peer.GetAddressBytes(), two = subnet.Address.GetAddressBytes();
        for (var bit = 0; bit < subnet.Prefix; bit += 8)
        {
            var mask = subnet.Prefix - bit >= 8 ? 0xFF : 0xFF << (8 - (subnet.Prefix - bit));
            if (((one[bit / 8] ^ two[bit / 8]) & mask & 0xFF) != 0)
                return false;
        }

        return true;
    }
}
