using System.Net;
using System.Net.Sockets;
using Gossip.Dns.Multicast;

namespace Gossip.Bootstrap;

/// <summary>One link: its socket, its state machine, and the nodes that were seen on it. Owned by the shell's loop.</summary>
internal sealed class MdnsLink : IMulticastOutbox
{
    private readonly MdnsSocket _socket;
    private readonly MulticastDns _machine;
    private readonly Func<string, bool> _isKnownToLive;
    private readonly SortedDictionary<string, MdnsSighting> _sightings = new(StringComparer.Ordinal);

    public MdnsLink(MdnsInterface at, MdnsSocket socket, MdnsOptions options, ulong seed)
    {
        At = at;
        _socket = socket;
        _machine = new MulticastDns(seed, options.LongestQueryInterval);
        _isKnownToLive = options.IsKnownToLive;
    }

    public MdnsInterface At { get; private set; }

    public TimeSpan NextDeadline => _machine.NextDeadline;

    public IReadOnlyDictionary<string, MdnsSighting> Sightings => _sightings;

    /// <summary>Whether the sightings have changed since they were last published; the loop clears it.</summary>
    public bool HasNews { get; set; }

    /// <summary>Completes when receiving ends, which is early when the interface fails.</summary>
    public Task Receiving { get; private set; } = Task.CompletedTask;

    /// <summary>The names that were taken since the last read, as "wanted" and "chosen".</summary>
    public Queue<(string Wanted, string Chosen)> Renamed { get; } = [];

    /// <summary>Whether the node's own announcement came back, as it does where multicast works.</summary>
    public bool HearsItself => _sightings.Values.Any(sighting => sighting.IsOwn);

    /// <summary>Why sending last failed, until it is read.</summary>
    public SocketException? SendFailure { get; set; }

    /// <summary>The node, and the services beside it: they share its host.</summary>
    public static ServiceProfile[] Profiles(MdnsOptions options, IReadOnlyList<MdnsService> services, IReadOnlyList<IPAddress> addresses)
    {
        var node = new ServiceProfile
        {
            ServiceType = options.ServiceType,
            Instance = options.Instance,
            Host = $"{options.Host}.local",
            Port = checked((ushort)options.Port),
            Addresses = addresses,
            Text = options.Text,
            AreNamesUnique = options.AreNamesUnique,
        };
        return
        [
            node,
            .. services.Select(service => node with
            {
                ServiceType = service.Type,
                Instance = service.Instance,
                Port = checked((ushort)service.Port),
                Text = service.Text,
                AreNamesUnique = false,
            }),
        ];
    }

    public void Start(TimeSpan now, MdnsOptions options, IReadOnlyList<MdnsService> services, Action<MdnsArrival> deliver)
    {
        Publish(now, At, options, services);
        _machine.Browse(now, options.ServiceType);
        Receiving = _socket.ReceiveAsync(deliver);
    }

    /// <summary>
    /// Publishes the current state: at the start, and when the interface has other addresses, or the services have changed.
    /// </summary>
    public void Publish(TimeSpan now, MdnsInterface at, MdnsOptions options, IReadOnlyList<MdnsService> services)
    {
        At = at;
        _machine.Publish(now, Profiles(options, services, options.Addresses ?? at.Addresses));
    }

    public void SetAddressesElsewhere(IReadOnlyCollection<IPAddress> addresses) => _machine.SetAddressesElsewhere(addresses);

    /// <returns>False for a packet that was ignored: it comes from elsewhere, or breaks the rules.</returns>
    public bool Receive(TimeSpan now, in MdnsArrival arrival)
    {
        var isUnicast = !MdnsSocket.IsMulticast(arrival.To);
        return (!isUnicast || At.IsOnLink(arrival.From.Address))
            && _machine.Receive(now, arrival.From, arrival.Packet, this, isUnicast);
    }

    public void Tick(TimeSpan now)
    {
        if (_machine.NextDeadline <= now)
            _machine.Tick(now, this);
    }

    /// <summary>Says goodbye, if the link still carries it, and closes the socket.</summary>
    public void Close(TimeSpan now)
    {
        try
        {
            _machine.Withdraw(now);
            _machine.Tick(now, this);
        }
        finally
        {
            _socket.Dispose();
        }
    }

    void IMulticastOutbox.SendMulticast(ReadOnlySpan<byte> packet)
    {
        try
        {
            _socket.SendMulticast(packet);
        }
        catch (SocketException failure)
        {
            SendFailure = failure;
        }
    }

    void IMulticastOutbox.SendUnicast(IPEndPoint peer, ReadOnlySpan<byte> packet)
    {
        try
        {
            if (At.IsOnLink(peer.Address))
                _socket.SendUnicast(peer, packet);
        }
        catch (SocketException failure)
        {
            SendFailure = failure;
        }
    }

    void IMulticastOutbox.Announced(ServiceProfile profile, string instance, string host)
    {
        if (instance != profile.Instance)
            Renamed.Enqueue((profile.Instance, instance));
        if (!string.Equals(host, profile.Host, StringComparison.OrdinalIgnoreCase))
            Renamed.Enqueue((profile.Host, host));
    }

    void IMulticastOutbox.Found(ServiceSighting sighting)
    {
        HasNews = true;
        _sightings[sighting.Instance] = new MdnsSighting(
            At.Link, sighting.Instance, sighting.Host,
            [.. sighting.Addresses.Select(address => new IPEndPoint(Scoped(address), sighting.Port))],
            sighting.Text, sighting.IsOwn, IsLost: false);
    }

    bool IMulticastOutbox.IsKnownToLive(ServiceSighting sighting) => _isKnownToLive(sighting.Instance);

    void IMulticastOutbox.Lost(ServiceSighting sighting)
    {
        HasNews = true;
        _sightings.Remove(sighting.Instance);
    }

    private IPAddress Scoped(IPAddress address) => address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes(), At.Index) : address;
}
