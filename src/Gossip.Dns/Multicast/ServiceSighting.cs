using System.Net;

namespace Gossip.Dns.Multicast;

/// <summary>One instance of a browsed service type, as its machine describes it on this link.</summary>
/// <param name="Instance">The name of the instance, unescaped and without its type.</param>
/// <param name="ServiceType">The browsed type, such as <c>_gossip._udp.local</c>.</param>
/// <param name="Host">The name of the machine, such as <c>orders-7f3a.local</c>.</param>
/// <param name="Port">The port of the service.</param>
/// <param name="Addresses">At least one address, in ascending order, IPv4 first. Link-local IPv6 ones have no scope yet.</param>
/// <param name="Text">The TXT pairs in the order they were written; keys are compared without case.</param>
/// <param name="IsOwn">Whether it is an instance that this machine publishes.</param>
internal sealed record ServiceSighting(
    string Instance, string ServiceType, string Host, int Port,
    IReadOnlyList<IPAddress> Addresses, IReadOnlyDictionary<string, string> Text, bool IsOwn)
{
    /// <summary>Whether both describe the same service in the same way.</summary>
    internal bool SaysTheSame(ServiceSighting other) =>
        Instance == other.Instance && Host == other.Host && Port == other.Port && IsOwn == other.IsOwn
        && Addresses.SequenceEqual(other.Addresses) && Text.SequenceEqual(other.Text);
}
