using System.Net;

namespace Gossip.Dns.Multicast;

/// <summary>
/// Everything that <see cref="MulticastDns"/> does to the world. A packet is only lent: copy it or send it before returning.
/// </summary>
internal interface IMulticastOutbox
{
    /// <summary>Send to the mDNS group of this link, port 5353.</summary>
    void SendMulticast(ReadOnlySpan<byte> packet);

    /// <summary>Send to one peer, which must be on this link.</summary>
    void SendUnicast(IPEndPoint peer, ReadOnlySpan<byte> packet);

    /// <summary>
    /// A published service is being announced. Its names are those of the profile, unless other machines hold them; they may change later,
    /// and this is then called again.
    /// </summary>
    /// <param name="profile">What was published.</param>
    /// <param name="instance">The name of its instance on this link, unescaped.</param>
    /// <param name="host">The name of the machine on this link.</param>
    void Announced(ServiceProfile profile, string instance, string host);

    /// <summary>A browsed service is known in full, or a part of it has changed.</summary>
    void Found(ServiceSighting sighting);

    /// <summary>
    /// Whether a service is known to live by other means, such as a failure detector, so that the network need not be asked when its
    /// records grow old.
    /// </summary>
    bool IsKnownToLive(ServiceSighting sighting);

    /// <summary>A service that was found said goodbye, or was not confirmed before its records expired.</summary>
    void Lost(ServiceSighting sighting);
}
