namespace Gossip.Tests.Networks;

/// <summary>A host of a <see cref="Lan"/>, and what can go wrong there.</summary>
internal sealed class LanHost(string place, int number, bool v4, bool v6)
{
    public int Number { get; } = number;

    public string Name => $"h{Number}";

    /// <summary>The network namespace that it is.</summary>
    public string Namespace { get; } = place;

    /// <summary>Where others reach it, as a seed is written.</summary>
    public string Address =>
        v4 ? $"10.77.0.{Number}" : v6 ? $"[fd77::{Number:x}]" : $"[fe80::{Number:x}%eth0]";

    /// <summary>So many of a hundred packets that come in are lost, of whatever kind.</summary>
    public Task LoseAsync(int percent) => FilterAsync("input", $"iifname eth0 numgen random mod 100 < {percent} drop");

    /// <summary>Has the host's firewall do something with packets, as "udp drop".</summary>
    /// <param name="way">"input" or "output".</param>
    /// <param name="rules">Rules of nftables.</param>
    public Task FilterAsync(string way, params string[] rules) => Lan.NftAsync(
        Namespace,
        [
            "add table inet faults",
            $"add chain inet faults {way} {{ type filter hook {way} priority 0; }}",
            .. rules.Select(rule => $"add rule inet faults {way} {rule}"),
        ]);

    /// <summary>Nothing is wrong with the host's firewall any more.</summary>
    public Task OpenAsync() => Lan.NftAsync(Namespace, ["delete table inet faults"]);

    /// <summary>Runs ip on the host, as "link set eth0 down".</summary>
    public Task IpAsync(string command) => ChildProcess.RunAsync("ip", ["-n", Namespace, .. command.Split(' ')]);
}
