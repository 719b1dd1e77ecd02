using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gossip.Configuration;

namespace Gossip.Bootstrap;

/// <summary>Whether mDNS is used on an interface, and why or why not, for people to read.</summary>
/// <param name="Interface">The interface's name.</param>
/// <param name="IsUsed">Whether mDNS is used on it.</param>
/// <param name="Reason">Why, or why not.</param>
/// <param name="HearsItself">Whether the node receives its own multicast there, the least that must work.</param>
internal sealed record MdnsVerdict(string Interface, bool IsUsed, string Reason, bool HearsItself = false);

/// <summary>What the system says of one network interface. An index is null where the interface does not support that family.</summary>
internal sealed record MdnsAdvertisement(
    string Name, NetworkInterfaceType Type, bool IsUp, bool CarriesMulticast, int? IndexV4, int? IndexV6,
    IReadOnlyList<(IPAddress Address, int Prefix)> Subnets, bool IsIPv4Only = false)
{
    /// <summary>
    /// Names of tunnels that the system does not always tell apart from network cards. Most carry no multicast, and those that do lead to
    /// foreign networks.
    /// </summary>
    private static readonly string[] TunnelNames =
        ["tun", "wg", "ppp", "utun", "tailscale", "ipsec", "nordlynx", "awdl", "llw", "gif", "stf"];

    /// <summary>Names of bridges to containers and virtual machines of this host.</summary>
    private static readonly string[] BridgeNames =
        ["docker", "br-", "virbr", "cni", "podman", "lxc", "lxd", "vmnet", "vboxnet", "vethernet"];

    private bool IsPointToPoint => Type is NetworkInterfaceType.Ppp or NetworkInterfaceType.Tunnel || StartsWith(TunnelNames);

    private bool IsBridge => StartsWith(BridgeNames);

    private bool HasV4 => IndexV4 is not null && Subnets.Any(subnet => subnet.Address.AddressFamily == AddressFamily.InterNetwork);

    private bool HasV6 => IndexV6 is not null && Subnets.Any(subnet => subnet.Address.IsIPv6LinkLocal);

    /// <summary>All interfaces; one that cannot be read (because it has just gone, say) is left out.</summary>
    public static IReadOnlyList<MdnsAdvertisement> List()
    {
        var cards = new List<MdnsAdvertisement>();
        foreach (var one in NetworkInterface.GetAllNetworkInterfaces())
        {
            try
            {
                cards.Add(Read(one));
            }
            catch (NetworkInformationException)
            {
                continue;
            }
        }

        return cards;
    }

    /// <summary>Network cards first, then bridges to containers: where there are too many, the last are left out.</summary>
    public int Score => IsPointToPoint ? 0 : IsBridge ? 1 : 2;

    /// <summary>Why it is used, or why not. Patterns of the options decide among the usable ones.</summary>
    public MdnsVerdict Judge(MdnsPatterns patterns)
    {
        if (Type == NetworkInterfaceType.Loopback)
            return No("loopback: the nodes of this machine find each other by its directory and the well-known ports");
        if (!IsUp)
            return No("it is down, or has no carrier");
        if (!CarriesMulticast)
            return No("it carries no multicast");
        if (!HasV4 && IsIPv4Only)
            return No("it has no IPv4 address, and the node listens at IPv4 addresses only");
        if (!HasV4 && !HasV6)
            return No("it has neither an IPv4 address nor a link-local IPv6 address");
        if (patterns.Excluding(Name) is { } excluded)
            return No($"excluded by '{excluded}' in {MdnsPatterns.Key}");
        if (patterns.Including(Name) is { } included)
            return Yes($"named by '{included}' in {MdnsPatterns.Key}");
        if (patterns.NamesSome)
            return No($"nothing in {MdnsPatterns.Key} names it");
        if (IsPointToPoint)
            return No("a point-to-point link or VPN, which seldom carries multicast to the others; "
                + $"name it in {MdnsPatterns.Key} to use it all the same");
        return Yes(IsBridge ? "a bridge to containers or virtual machines of this host" : "up, with multicast");
    }

    /// <summary>The same for a node that listens on IPv4 alone.</summary>
    public MdnsAdvertisement ForIPv4Only() => this with
    {
        IndexV6 = null,
        Subnets = [.. Subnets.Where(subnet => subnet.Address.AddressFamily == AddressFamily.InterNetwork)],
        IsIPv4Only = true,
    };

    public IEnumerable<MdnsInterface> Links()
    {
        if (HasV4)
            yield return new MdnsInterface(Name, IndexV4!.Value, AddressFamily.InterNetwork, Subnets);
        if (HasV6)
            yield return new MdnsInterface(Name, IndexV6!.Value, AddressFamily.InterNetworkV6, Subnets);
    }

    private static MdnsAdvertisement Read(NetworkInterface one)
    {
        var properties = one.GetIPProperties();
        return new MdnsAdvertisement(
            one.Name,
            one.NetworkInterfaceType,
            // Linux reports "unknown" for tunnels and dummies that are up.
            one.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown,
            one.SupportsMulticast,
            one.Supports(NetworkInterfaceComponent.IPv4) ? properties.GetIPv4Properties().Index : null,
            one.Supports(NetworkInterfaceComponent.IPv6) ? properties.GetIPv6Properties().Index : null,
            [.. properties.UnicastAddresses.Select(unicast => (unicast.Address, unicast.PrefixLength))]);
    }

    private MdnsVerdict Yes(string reason) => new(Name, IsUsed: true, reason);

    private MdnsVerdict No(string reason) => new(Name, IsUsed: false, reason);

    private bool StartsWith(string[] names) => Array.Exists(names, name => Name.StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
