using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// An mDNS responder and DNS-SD browser on one link (RFC 6762, RFC 6763): told the time, given packets, answers through the outbox.
/// A machine with several interfaces runs one of these for each, since addresses and caches belong to a link. It does no IO, has no
/// clock and no randomness but its seed. Not thread-safe.
/// </summary>
/// <remarks>
/// After any call, <see cref="Tick"/> is due at <see cref="NextDeadline"/>, which may be at once. Browsing starts with the first question
/// and does not wait for the published names to be probed. Two parts of the RFC are left out: the passive observation of failures (§10.5),
/// since the browsed nodes have a failure detector of their own, and asking for unicast answers (§5.4), which reach only one of the
/// processes that share the port (§15.1).
/// </remarks>
internal sealed class MulticastDns
{
    /// <summary>The port of mDNS, on both sides.</summary>
    public const int Port = 5353;

    /// <summary>The largest packet that is worth receiving.</summary>
    public const int LongestPacket = Limits.ReadPacketBytes;

    private readonly Responder _responder;
    private readonly Browser _browser;

    /// <summary>A machine that publishes nothing and browses nothing yet.</summary>
    /// <param name="seed">The source of every random delay.</param>
    /// <param name="longestQueryInterval">
    /// How far the interval between questions grows. The RFC goes to an hour; but browsing looks for seeds, and a machine whose
    /// announcements were lost must be found sooner. The default is a minute.
    /// </param>
    public MulticastDns(ulong seed, TimeSpan? longestQueryInterval = null)
    {
        var longest = longestQueryInterval ?? TimeSpan.FromMinutes(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, Timing.OneSecond, nameof(longestQueryInterval));
        var generator = new Generator(seed);
        _responder = new Responder(new Generator(generator.Next()));
        _browser = new Browser(new Generator(generator.Next()), longest);
    }

    /// <summary>The group of IPv4 (RFC 6762 §3).</summary>
    public static IPAddress GroupV4 { get; } = new([224, 0, 0, 251]);

    /// <summary>The group of IPv6 (RFC 6762 §3).</summary>
    public static IPAddress GroupV6 { get; } = IPAddress.Parse("ff02::fb");

    /// <summary>When <see cref="Tick"/> has something to do; <see cref="TimeSpan.MaxValue"/> when nothing is planned.</summary>
    public TimeSpan NextDeadline => Timing.Earlier(_responder.NextDeadline, _browser.NextDeadline);

    /// <summary>
    /// Sets the addresses of this machine on its other links. Records that name them for this host are its own, and no conflict.
    /// </summary>
    public void SetAddressesElsewhere(IReadOnlyCollection<IPAddress> addresses) => _responder.AddressesElsewhere = addresses;

    /// <summary>How many records of other machines are held, to check the bound.</summary>
    internal int CachedRecords => _browser.CachedRecords;

    /// <summary>Publishes these services, announces them anew, and withdraws those published before that are not among them.</summary>
    /// <exception cref="ArgumentException">
    /// A profile holds a name, text or number of addresses that no packet can carry, two describe the same instance, or there are more
    /// than 16. What was published before stays.
    /// </exception>
    public void Publish(TimeSpan now, params IReadOnlyList<ServiceProfile> profiles)
    {
        ArgumentNullException.ThrowIfNull(profiles);
        _responder.Publish(now, profiles);
    }

    /// <summary>Withdraws all services; the next <see cref="Tick"/> says goodbye, so call it before closing the socket.</summary>
    public void Withdraw(TimeSpan now) => _responder.Publish(now, []);

    /// <summary>
    /// Looks for the instances of a type, such as <c>_gossip._udp.local</c> or <c>_printer._sub._http._tcp.local</c>, from now on.
    /// </summary>
    public void Browse(TimeSpan now, string serviceType) => _browser.Browse(now, DnsName.Parse(serviceType));

    /// <summary>Takes in a packet that came from this link.</summary>
    /// <param name="now">The time.</param>
    /// <param name="from">The sender.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="outbox">Where effects go.</param>
    /// <param name="isUnicast">Whether it was sent to this machine alone.</param>
    /// <returns>False for a packet that was ignored: it cannot be read, or is an answer that must not be believed.</returns>
    public bool Receive(TimeSpan now, IPEndPoint from, ReadOnlySpan<byte> packet, IMulticastOutbox outbox, bool isUnicast = false)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(outbox);
        // §6: an answer comes from the port of mDNS, and to all unless it was asked for by unicast, which this machine never does. So the
        // machine that a forgery speaks of hears it too, and says what is true.
        if (!DnsMessage.TryRead(packet, out var message) || (message.Header.Flags & DnsFlags.Foreign) != 0
            || (message.IsResponse && (isUnicast || from.Port != Port)))
            return false;
        _browser.Heard(now);
        if (!message.IsResponse)
        {
            if (from.Port == Port)
                _browser.HearQuery(now, message);
            _responder.HearQuery(now, from, message, outbox);
        }
        else
        {
            _responder.HearAnswers(now, message);
            _browser.Owns(_responder.Instances);
            _browser.HearAnswers(now, message, outbox);
        }

        return true;
    }

    /// <summary>Does what is due.</summary>
    public void Tick(TimeSpan now, IMulticastOutbox outbox)
    {
        ArgumentNullException.ThrowIfNull(outbox);
        _responder.Tick(now, outbox);
        _browser.Owns(_responder.Instances);
        _browser.Tick(now, outbox);
    }
}
