using System.Globalization;

namespace Gossip.Tests.Networks;

/// <summary>
/// A LAN of its own: a bridge, and hosts that a cable each joins to it, all of them network namespaces. Disposing removes all of it; what
/// a test run that was killed has left behind, the next one removes.
/// </summary>
internal sealed class Lan : IAsyncDisposable
{
    private const string Mark = "gossip-lan-";

    private static int _count;

    private readonly string _name = $"{Mark}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";

    private Lan(int hosts, bool v4, bool v6) =>
        Hosts = [.. Enumerable.Range(1, hosts).Select(number => new LanHost($"{_name}-h{number}", number, v4, v6))];

    /// <summary>The hosts: h1, h2 and so on.</summary>
    public IReadOnlyList<LanHost> Hosts { get; }

    /// <summary>The nodes of all hosts that run, in the order of their start.</summary>
    public List<LanNode> Nodes { get; } = [];

    private string Switch => $"{_name}-switch";

    /// <param name="hosts">How many.</param>
    /// <param name="v4">Whether they have addresses 10.77.0.n.</param>
    /// <param name="v6">Whether they have addresses fd77::n.</param>
    /// <param name="linkLocal">Whether their interfaces have link-local IPv6 addresses, fe80::n.</param>
    /// <param name="mtu">The largest packet that the cables carry, in bytes.</param>
    public static async Task<Lan> StartAsync(int hosts, bool v4 = true, bool v6 = false, bool linkLocal = false, int mtu = 1500)
    {
        await SweepAsync();
        var lan = new Lan(hosts, v4, v6);
        try
        {
            await ShellAsync(string.Join('\n', lan.Lay(v4, v6, linkLocal, mtu)));
            return lan;
        }
        catch
        {
            await lan.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a node on a host. Its name is the host's; the first host is everybody's seed.</summary>
    public LanNode Start(LanHost host, params string[] settings)
    {
        var node = new LanNode(host, [$"Seeds:0={Hosts[0].Address}", .. settings]);
        Nodes.Add(node);
        return node;
    }

    /// <summary>Starts a node on each host, and waits until all of them know all.</summary>
    public async Task StartAllAsync(params string[] settings)
    {
        foreach (var host in Hosts)
            Start(host, settings);
        await AgreeAsync(Nodes);
    }

    /// <summary>Waits until each of the nodes holds exactly these live, suspects none of them, and knows the service of each.</summary>
    public static async Task AgreeAsync(IReadOnlyList<LanNode> nodes)
    {
        string[] names = [.. nodes.Select(node => node.Name).Order(StringComparer.Ordinal)];
        foreach (var node in nodes)
        {
            await node.SeesAsync(
                view => view.Live.SequenceEqual(names) && view.Owners.SequenceEqual(names) && view.Suspects.Count == 0,
                $"{string.Join(' ', names)} alive");
        }
    }

    /// <summary>Waits until each of the nodes has probed so many times more.</summary>
    public static async Task ProbeAsync(IReadOnlyList<LanNode> nodes, int times)
    {
        var before = new List<long>();
        foreach (var node in nodes)
            before.Add((await node.ViewAsync()).Counters["Probes"]);
        for (var i = 0; i < nodes.Count; i++)
        {
            var wanted = before[i] + times;
            await nodes[i].SeesAsync(view => view.Counters["Probes"] >= wanted, $"{times} probes more");
        }
    }

    /// <summary>
    /// Waits for a time in which each of the nodes probes so often and none is accused. A machine that is busy with other things may bring answers
    /// late now and then; where they do not pass, or pass only by luck, that time does not come.
    /// </summary>
    public static async Task CalmAsync(IReadOnlyList<LanNode> nodes, int probes = 3)
    {
        for (var patience = Eventually.Patience(); ;)
        {
            var before = await AccusationsAsync(nodes);
            await ProbeAsync(nodes, probes);
            if (await AccusationsAsync(nodes) == before)
                return;
            Assert.False(patience.IsCancellationRequested, $"They accuse each other again and again:\n{string.Join('\n', nodes.Select(node => node.Name))}");
        }
    }

    /// <summary>Has a host answer for a name with the addresses of hosts, and all hosts ask it.</summary>
    public async Task NameAsync(LanHost server, string name, IEnumerable<LanHost> hosts)
    {
        foreach (var host in Hosts)
            await ShellAsync("mkdir -p /etc/netns/$1; echo nameserver $2 > /etc/netns/$1/resolv.conf", host.Namespace, server.Address);
        string[] records = [.. hosts.Select(host => $"--host-record={name},{host.Address}")];
        await ChildProcess.RunAsync(
            "ip", ["netns", "exec", server.Namespace, "dnsmasq", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=", "--conf-file=/dev/null", $"--listen-address={server.Address}", "--bind-interfaces", .. records]);
    }

    /// <summary>No packet passes between the two groups, in either direction, until <see cref="HealAsync"/>.</summary>
    public async Task PartAsync(IReadOnlyList<LanHost> one, IReadOnlyList<LanHost> other)
    {
        // In the switch, below IP: nobody is told that nothing passes.
        var rules = new[] { (one, other), (other, one) }.Select(way =>
            $"add rule bridge walls forward iifname {{ {Ports(way.Item1)} }} oifname {{ {Ports(way.Item2)} }} drop");
        await NftAsync(Switch, ["add table bridge walls", "add chain bridge walls forward { type filter hook forward priority 0; }", .. rules]);
    }

    /// <summary>Ends <see cref="PartAsync"/>.</summary>
    public Task HealAsync() => NftAsync(Switch, ["delete table bridge walls"]);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask()));
        await ShellAsync(Remove(_name + "-"));
    }

    internal static Task NftAsync(string place, IEnumerable<string> commands) =>
        ChildProcess.RunAsync("ip", "netns", "exec", place, "nft", string.Join("; ", commands));

    internal static Task<string> ShellAsync(string script, params string[] arguments) =>
        ChildProcess.RunAsync("sh", ["-ec", script, "sh", .. arguments]);

    private static async Task<int> AccusationsAsync(IReadOnlyList<LanNode> nodes)
    {
        var sum = 0;
        foreach (var node in nodes)
        {
            var view = await node.ViewAsync();
            sum += view.HeldSuspect.Count() + view.HeldDead.Count();
        }

        return sum;
    }

    private static string Ports(IEnumerable<LanHost> hosts) => string.Join(", ", hosts.Select(host => $"\"{host.Name}\""));

    /// <summary>Removes the networks of test runs that are no more.</summary>
    private static async Task SweepAsync()
    {
        var names = await ChildProcess.RunAsync("ip", "netns", "list");
        var owners = names.Split('\n').Where(name => name.StartsWith(Mark, StringComparison.Ordinal))
            .Select(name => name[Mark.Length..].Split('-')[0]).Distinct();
        foreach (var owner in owners.Where(owner => !Directory.Exists($"/proc/{owner}")))
            await ShellAsync(Remove($"{Mark}{owner}-"));
    }

    private static string Remove(string prefix) => $"""
        for name in $(ip netns list | sed -n 's/^\({prefix}[^ ]*\).*/\1/p'); do
          ip netns pids "$name" | xargs -r kill -9 || true
          ip netns delete "$name"
          rm -rf "/etc/netns/$name"
        done
        """;

    private IEnumerable<string> Lay(bool v4, bool v6, bool linkLocal, int mtu)
    {
        yield return $"ip netns add {Switch}";
        yield return $"ip -n {Switch} link add bridge type bridge forward_delay 0 mcast_snooping 0";
        yield return $"ip -n {Switch} link set bridge mtu {mtu} up";
        foreach (var host in Hosts)
        {
            var (place, number) = (host.Namespace, host.Number.ToString("x", CultureInfo.InvariantCulture));
            yield return $"ip netns add {place}";
            yield return $"ip -n {place} link set lo up";
            yield return $"ip -n {Switch} link add {host.Name} mtu {mtu} type veth peer name eth0 netns {place}";
            yield return $"ip -n {Switch} link set {host.Name} master bridge up";
            // A link of fewer bytes has no IPv6, and no settings for it (RFC 8200 §5).
            if (mtu >= 1280)
                yield return $"ip -n {place} link set eth0 addrgenmode none";
            yield return $"ip -n {place} link set eth0 mtu {mtu}";
            if (v4)
                yield return $"ip -n {place} address add 10.77.0.{host.Number}/24 dev eth0";
            yield return $"ip -n {place} link set eth0 up";
            // Without duplicate address detection, which would make an address wait for seconds.
            if (linkLocal)
                yield return $"ip -n {place} address add fe80::{number}/64 dev eth0 nodad";
            if (v6)
                yield return $"ip -n {place} address add fd77::{number}/64 dev eth0 nodad";
        }
    }
}
