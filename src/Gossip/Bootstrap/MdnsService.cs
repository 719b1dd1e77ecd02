namespace Gossip.Bootstrap;

/// <summary>A service of the process that is published beside the node, for mDNS browsers that know nothing of gossip.</summary>
/// <param name="Type">Its type, such as <c>_http._tcp.local</c>.</param>
/// <param name="Instance">The name that people see; another is taken when a machine on the link has it already.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="Text">Its TXT pairs.</param>
internal sealed record MdnsService(string Type, string Instance, int Port, IReadOnlyDictionary<string, string> Text);
