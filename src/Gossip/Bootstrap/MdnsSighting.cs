using System.Net;

namespace Gossip.Bootstrap;

/// <summary>A node that was seen on a link. The same node is seen once for each link, and again when it changes.</summary>
/// <param name="Link">Where it was seen, such as "eth0 IPv4".</param>
/// <param name="Instance">The name of its instance.</param>
/// <param name="Host">The host name that its SRV record points to.</param>
/// <param name="Endpoints">Its gossip endpoints, IPv4 first; link-local IPv6 addresses carry this machine's scope.</param>
/// <param name="Text">Its TXT pairs; keys are compared without case.</param>
/// <param name="IsOwn">Whether it is this node itself.</param>
/// <param name="IsLost">Whether it said goodbye or expired, or its link went away.</param>
internal sealed record MdnsSighting(
    string Link, string Instance, string Host, IReadOnlyList<IPEndPoint> Endpoints,
    IReadOnlyDictionary<string, string> Text, bool IsOwn, bool IsLost);
