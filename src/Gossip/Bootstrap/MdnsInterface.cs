using System.Net;
using System.Net.Sockets;

namespace Gossip.Bootstrap;

/// <summary>One interface under one address family: what mDNS calls a link.</summary>
internal sealed record MdnsInterface(string Name, int Index, AddressFamily Family, IReadOnlyList<(IPAddress Address, int Prefix)> Subnets)
{
    /// <summary>How many addresses one SRV target can have (the limit of Gossip.Dns).</summary>
    private const int MostAddresses = 8;

    public bool IsV4 => Family == AddressFamily.InterNetwork;

    public string Link => IsV4 ? $"{Name} IPv4" : $"{Name} IPv6";

    /// <summary>The addresses worth publishing: those that any peer can use come first, link-local IPv6 last.</summary>
    public IReadOnlyList<IPAddress> Addresses =>
        [.. Subnets.Select(subnet => subnet.Address).OrderBy(Reach).Take(MostAddresses)];

    /// <summary>RFC 6762 §11: unicasts are accepted only from a peer on the link, and sent only to one.</summary>
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
