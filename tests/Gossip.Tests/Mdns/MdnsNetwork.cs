namespace Gossip.Tests.Mdns;

/// <summary>
/// Two machines on one cable: network namespaces joined by a veth pair, with an avahi-daemon (and the bus it needs) on the first.
/// Its own /run hides every other avahi of this computer from it. Disposing removes all of it.
/// </summary>
internal sealed class MdnsNetwork : IAsyncDisposable
{
    private static int _count;

    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-mdns-").FullName;
    private readonly List<ChildProcess> _processes = [];
    private readonly List<string> _namespaces = [];
    private readonly string _name = $"gm{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";

    /// <summary>The machine of avahi, 10.77.0.1.</summary>
    public string First => $"{_name}a";

    /// <summary>The other machine, 10.77.0.2.</summary>
    public string Second => $"{_name}b";

    private Dictionary<string, string> Bus => new() { ["DBUS_SYSTEM_BUS_ADDRESS"] = $"unix:path={_folder}/bus" };

    /// <param name="v4">Whether the machines have IPv4 addresses from the start.</param>
    /// <param name="v6">Whether their interfaces have IPv6 link-local addresses.</param>
    /// <param name="avahi">Whether avahi runs on the first.</param>
    public static async Task<MdnsNetwork> StartAsync(bool v4 = true, bool v6 = false, bool avahi = true)
    {
        var network = new MdnsNetwork();
        try
        {
            await network.LayCableAsync(v4, v6);
            if (avahi)
                await network.StartAvahiAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public async Task AddV4Async()
    {
        await ChildProcess.RunAsync("ip", "-n", First, "address", "add", "10.77.0.1/24", "dev", "eth0");
        await ChildProcess.RunAsync("ip", "-n", Second, "address", "add", "10.77.0.2/24", "dev", "eth0");
    }

    /// <summary>A second cable between the machines, at an interface "eth1" of each: 10.78.0.1 and 10.78.0.2.</summary>
    public async Task AddCableAsync()
    {
        await ChildProcess.RunAsync("ip", "-n", First, "link", "add", "eth1", "type", "veth", "peer", "name", "eth1", "netns", Second);
        foreach (var (machine, address) in new[] { (First, "10.78.0.1/24"), (Second, "10.78.0.2/24") })
        {
            await ChildProcess.RunAsync("ip", "-n", machine, "link", "set", "eth1", "addrgenmode", "none");
            await ChildProcess.RunAsync("ip", "-n", machine, "address", "add", address, "dev", "eth1");
            await ChildProcess.RunAsync("ip", "-n", machine, "link", "set", "eth1", "up");
        }
    }

    public Task RemoveCableAsync() => ChildProcess.RunAsync("ip", "-n", First, "link", "delete", "eth1");

    /// <summary>Every mDNS packet that passes the second machine, a line each: sender, "True" for a response, questions, answers, names of the answers.</summary>
    public async Task<ChildProcess> CaptureAsync()
    {
        var capture = StartOn(
            Second, "sh", "-c",
            "exec tshark -l -n -i eth0 -f 'udp port 5353' -T fields -E separator=/t -e ip.src -e dns.flags.response -e dns.qry.name -e dns.count.answers"
            + " -e dns.resp.name -e dns.ptr.domain_name 2>&1");
        await capture.LineAsync(line => line.StartsWith("Capturing on", StringComparison.Ordinal));
        return capture;
    }

    /// <summary>Our node, in a process on one of the machines. It prints sightings; ending its input ends it.</summary>
    public ChildProcess StartNode(string machine, string instance, int port, params string[] text) =>
        StartOn(machine, [.. ChildProcess.Peer, "mdns", instance, $"host{port}", port.ToString(), .. text]);

    /// <summary>A process that embeds a node as services do, configured as "Seeds:0=10.0.0.1". It prints the names of live members.</summary>
    public ChildProcess StartService(string machine, params string[] configuration) =>
        StartOn(machine, [.. ChildProcess.Peer, "node", "Gossip:AddressBook=none", .. configuration.Select(setting => $"Gossip:{setting}")]);

    /// <summary>A program on one of the machines; it may speak with the avahi of the first.</summary>
    public ChildProcess StartOn(string machine, params string[] command)
    {
        var process = ChildProcess.Start(Bus, "ip", ["netns", "exec", machine, .. command]);
        _processes.Add(process);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
        foreach (var name in _namespaces)
            await ChildProcess.RunAsync("ip", "netns", "delete", name);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task LayCableAsync(bool v4, bool v6)
    {
        foreach (var machine in new[] { First, Second })
        {
            await ChildProcess.RunAsync("ip", "netns", "add", machine);
            _namespaces.Add(machine);
            await ChildProcess.RunAsync("ip", "-n", machine, "link", "set", "lo", "up");
        }

        await ChildProcess.RunAsync("ip", "-n", First, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", Second);
        if (v4)
            await AddV4Async();
        foreach (var machine in _namespaces)
        {
            // Without duplicate address detection, which would make a link-local address wait for seconds.
            await ChildProcess.RunAsync("ip", "netns", "exec", machine, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad");
            await ChildProcess.RunAsync("ip", "-n", machine, "link", "set", "eth0", "addrgenmode", v6 ? "eui64" : "none");
            await ChildProcess.RunAsync("ip", "-n", machine, "link", "set", "eth0", "up");
        }
    }

    private async Task StartAvahiAsync()
    {
        await File.WriteAllTextAsync($"{_folder}/bus.conf", $"""
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <type>system</type>
              <listen>unix:path={_folder}/bus</listen>
              <auth>EXTERNAL</auth>
              <policy context="default">
                <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
              </policy>
            </busconfig>
            """);
        await File.WriteAllTextAsync($"{_folder}/avahi.conf", """
            [server]
            host-name=avahi-peer
            allow-interfaces=eth0
            use-ipv4=yes
            use-ipv6=yes
            """);
        var bus = StartOn(First, "dbus-daemon", $"--config-file={_folder}/bus.conf", "--nofork", "--nopidfile", "--print-address=1");
        await bus.LineAsync(line => line.StartsWith("unix:", StringComparison.Ordinal));
        var avahi = StartOn(
            First, "sh", "-c", $"mount -t tmpfs none /run && exec avahi-daemon -f {_folder}/avahi.conf --no-drop-root --no-rlimits --no-chroot 2>&1");
        await avahi.LineAsync(line => line.Contains("Server startup complete", StringComparison.Ordinal));
    }
}
