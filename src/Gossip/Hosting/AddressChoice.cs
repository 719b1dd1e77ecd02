using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Gossip.Hosting;

/// <summary>One address of one interface of this machine.</summary>
internal sealed record InterfaceAddress(string Name, NetworkInterfaceType Type, bool IsUp, bool HasGateway, IPAddress Address);

/// <summary>An address, and why it was chosen.</summary>
internal sealed record ChosenAddress(IPAddress Address, string Because);

/// <summary>
/// Guesses at which of its addresses others reach this machine, when it listens at all of them. A guess is all it can be: it is logged
/// with its reason, and AdvertiseAddress overrides it.
/// </summary>
internal static class AddressChoice
{
    /// <summary>Interfaces that containers, virtual machines and tunnels bring along: others seldom reach us there.</summary>
    private static readonly string[] VirtualNames =
    [
        "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "hyper-v", "cni", "flannel", "cali", "cilium", "podman", "lxc", "lxd",
        "kube", "weave", "tun", "tap", "utun", "wg", "tailscale", "zt", "ppp", "ipsec", "nordlynx", "awdl", "llw", "dummy",
    ];

    public static ChosenAddress Choose(IEnumerable<InterfaceAddress> candidates, bool ipv4Only)
    {
        var best = candidates
            .Where(candidate => candidate.IsUp && candidate.Type != NetworkInterfaceType.Loopback && !IPAddress.IsLoopback(candidate.Address))
            .Where(candidate => !ipv4Only || candidate.Address.AddressFamily == AddressFamily.InterNetwork)
            .OrderByDescending(Score)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .ThenBy(candidate => candidate.Address.ToString(), StringComparer.Ordinal)
            .FirstOrDefault();
        return best is null
            ? new ChosenAddress(ipv4Only ? IPAddress.Loopback : IPAddress.IPv6Loopback, "no network interface is up, so only this machine reaches it")
            : new ChosenAddress(best.Address, Reason(best));
    }

    public static IEnumerable<InterfaceAddress> OfThisMachine()
    {
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            var properties = network.GetIPProperties();
            var hasGateway = HasGateway(properties);
            foreach (var unicast in properties.UnicastAddresses)
                yield return new(network.Name, network.NetworkInterfaceType, network.OperationalStatus != OperationalStatus.Down, hasGateway, unicast.Address);
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
