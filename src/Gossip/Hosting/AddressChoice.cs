using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Gossip.Hosting;

/// <summary>One address of one interface of this machine.</summary>
internal sealed record InterfaceAddress(string Name, NetworkInterfaceType Type, bool IsUp, bool HasGateway, IPAddress Address)
{
    /// <summary>How many bits of the address name the network.</summary>
    public int Prefix { get; init; }
}

/// <summary>An address, and why it was chosen.</summary>
/// <param name="Address">The address.</param>
/// <param name="Because">Why.</param>
/// <param name="IsMakeshift">Whether it was taken because there is no better one.</param>
internal sealed record ChosenAddress(IPAddress Address, string Because, bool IsMakeshift = false);

/// <summary>
/// Guesses at which of its addresses others reach this machine, when it listens at all of them. It can only be a guess, so it is logged
/// with its reason, and AdvertiseAddress overrides it.
/// </summary>
internal static class AddressChoice
{
    /// <summary>Interfaces of containers, virtual machines and tunnels: others seldom reach this machine there.</summary>
    private static readonly string[] VirtualNames =
    [
        "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "hyper-v", "cni", "flannel", "cali", "cilium",
        "podman", "lxc", "lxd",
        "kube", "weave", "tun", "tap", "utun", "wg", "tailscale", "zt", "ppp", "ipsec", "nordlynx", "awdl", "llw", "dummy",
    ];

    public static ChosenAddress Choose(IEnumerable<InterfaceAddress> candidates, bool ipv4Only)
    {
        var best = candidates
            .Where(candidate => candidate.IsUp && candidate.Type != NetworkInterfaceType.Loopback
                && !IPAddress.IsLoopback(candidate.Address))
            .Where(candidate => !ipv4Only || candidate.Address.AddressFamily == AddressFamily.InterNetwork)
            .OrderByDescending(Score)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .ThenBy(candidate => candidate.Address.ToString(), StringComparer.Ordinal)
            .FirstOrDefault();
        return best is null
            ? new ChosenAddress(
                ipv4Only ? IPAddress.Loopback : IPAddress.IPv6Loopback,
                "no network interface is up, so only this machine reaches it", IsMakeshift: true)
            : new ChosenAddress(best.Address, Reason(best), IsVirtual(best) || IsLinkLocal(best.Address));
    }

    /// <summary>
    /// The address to take in place of one that has gone from the machine, or of a makeshift if there is a better one; null when the node
    /// keeps its address. Between two leases there is often only a bridge to containers, which a patient caller does not take for a new
    /// address.
    /// </summary>
    /// <param name="current">What the node advertises.</param>
    /// <param name="candidates">The addresses of the machine.</param>
    /// <param name="ipv4Only">Whether the node listens on IPv4 only.</param>
    /// <param name="isPatient">Whether a makeshift in place of a real address can wait.</param>
    public static ChosenAddress? Follow(
        ChosenAddress current, IReadOnlyCollection<InterfaceAddress> candidates, bool ipv4Only, bool isPatient)
    {
        var next = Choose(candidates, ipv4Only);
        if (IPAddress.IsLoopback(next.Address) || next.Address.Equals(current.Address))
            return null;
        var isHere = !IPAddress.IsLoopback(current.Address) && IsAmong(current.Address, candidates);
        if (isHere)
            return current.IsMakeshift && !next.IsMakeshift ? next : null;
        return isPatient && next.IsMakeshift && !current.IsMakeshift ? null : next;
    }

    /// <summary>Whether the machine has an address, on whatever interface.</summary>
    public static bool IsAmong(IPAddress address, IEnumerable<InterfaceAddress> candidates) =>
        candidates.Any(candidate => candidate.Address.GetAddressBytes().AsSpan().SequenceEqual(address.GetAddressBytes()));

    public static IEnumerable<InterfaceAddress> OfThisMachine()
    {
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            var properties = network.GetIPProperties();
            var hasGateway = HasGateway(properties);
            foreach (var unicast in properties.UnicastAddresses)
                yield return new(
                    network.Name, network.NetworkInterfaceType, network.OperationalStatus != OperationalStatus.Down, hasGateway,
                    unicast.Address)
                {
                    Prefix = PrefixOf(unicast),
                };
        }
    }

    private static int PrefixOf(UnicastIPAddressInformation unicast)
    {
        try
        {
            return unicast.PrefixLength;
        }
        catch (PlatformNotSupportedException)
        {
            return 8 * unicast.Address.GetAddressBytes().Length;
        }
    }

    private static bool HasGateway(IPInterfaceProperties properties)
    {
        try
        {
            return properties.GatewayAddresses.Count > 0;
        }
        catch (PlatformNotSupportedException)
        {
            return false;
        }
    }

    private static int Score(InterfaceAddress candidate) =>
        (IsVirtual(candidate) ? 0 : 1000)
        + (IsLinkLocal(candidate.Address) ? 0 : 500)
        + (candidate.HasGateway ? 100 : 0)
        + (candidate.Address.AddressFamily == AddressFamily.InterNetwork ? 20 : 0)
        + (IsPrivate(candidate.Address) ? 10 : 0)
        + (candidate.Type == NetworkInterfaceType.Ethernet ? 1 : 0);

    private static string Reason(InterfaceAddress chosen)
    {
        List<string> facts = [];
        if (IsPrivate(chosen.Address))
            facts.Add("private");
        if (chosen.HasGateway)
            facts.Add("with a gateway");
        if (IsLinkLocal(chosen.Address))
            facts.Add("link-local, for want of a better one");
        if (IsVirtual(chosen))
            facts.Add("virtual, for want of a better one");
        return facts.Count == 0 ? $"interface {chosen.Name}" : $"interface {chosen.Name}: {string.Join(", ", facts)}";
    }

    private static bool IsVirtual(InterfaceAddress candidate) =>
        candidate.Type is NetworkInterfaceType.Ppp or NetworkInterfaceType.Tunnel
        || Array.Exists(VirtualNames, name => candidate.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);

    private static bool IsPrivate(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork
            ? address.GetAddressBytes() is [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..]
            : address.IsIPv6UniqueLocal;
}
