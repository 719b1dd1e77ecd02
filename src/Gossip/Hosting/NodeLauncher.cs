using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Hosting;

/// <summary>Makes a node from validated options: binds its sockets, chooses its address, and gives it an identity.</summary>
internal sealed partial class NodeLauncher(SnapshotFeed feed, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// Bytes that the names of the application and the machine may take in a node's name: with the random part that is well below a name's
    /// limit.
    /// </summary>
    private const int DefaultNameBytes = 94;

    /// <summary>What is between a node and its sockets: nothing, except where a harness drops datagrams.</summary>
    public Func<ITransport, ITransport> Through { get; init; } = sockets => sockets;

    /// <summary>Binds the sockets and makes the node; <see cref="GossipNode.Start"/> starts it.</summary>
    /// <exception cref="OptionsValidationException">The address or the port is not available; the message names key, value and
    /// remedy.</exception>
    public GossipNode Launch(GossipOptions options, string application)
    {
        var bind = BindAddress.Of(options, OwnAddresses());
        var mayFragment = options.Protocol.DatagramSize > Limits.DatagramSize;
        var sockets = Bind(options, bind, mayFragment);
        try
        {
            var clock = new NodeClock(time);
            var (advertised, because) = Advertise(options, bind, sockets.Port);
            // Without the interface, which means something on this machine only: the others add theirs.
            var nodeOptions = Describe(options, application, advertised.WithScope(0), clock);
            nodeOptions.Validate();
            var transportOptions = new TransportOptions { DatagramSize = nodeOptions.DatagramSize, LinkLocalScope = advertised.Scope };
            var transport = Through(new SocketTransport(sockets, transportOptions));
            var identity = new NodeIdentity(nodeOptions.Id, nodeOptions.Name, nodeOptions.Cluster, transport.Local, advertised, because)
            {
                KeyFingerprints = ClusterKey.Fingerprints(ClusterKey.RingOf(options)),
            };
            Announce(identity, options);
            return new GossipNode(nodeOptions, identity, NewRandomness(), transport, feed, clock, logger)
            {
                // Including the node's own address: when the node moves, another may be there.
                Seeds = [.. Seeds(options).Select(PeerAddress.From).Where(identity.CanReach)],
                LocalPorts = [.. LoopbackSeeds.Of(bind, options.WellKnownPort).Select(PeerAddress.From).Where(identity.CanTry)],
            };
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    private static IEnumerable<IPEndPoint> Seeds(GossipOptions options) =>
        SeedAddress.Of(options).Where(seed => seed.Address is not null).Select(seed => new IPEndPoint(seed.Address!, seed.Port));

    private static NodeOptions Describe(GossipOptions options, string application, PeerAddress advertised, NodeClock clock)
    {
        var keys = ClusterKey.RingOf(options);
        return options.Protocol.ApplyTo(new NodeOptions
        {
            Id = NewId(),
            SecureRandom = RandomNumberGenerator.Fill,
            Incarnation = clock.Incarnation,
            Name = options.NodeName ?? DefaultName(application),
            Address = advertised,
            Cluster = options.Cluster,
            Zone = options.Zone ?? "",
            Key = keys.Count == 0 ? default : keys[0],
            OtherKeys = [.. keys.Skip(1)],
        });
    }

    private static BoundSockets Bind(GossipOptions options, IPAddress address, bool mayFragment)
    {
        try
        {
            return BoundSockets.Bind(address, options.Port, WellKnownPorts.From(options.WellKnownPort), mayFragment);
        }
        catch (SocketException error)
        {
            throw Refusal(Explain(error, options, address));
        }
    }

    private static string Explain(SocketException error, GossipOptions options, IPAddress address) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"Gossip:Port is '{options.Port}', and that port is taken at {address} (UDP or TCP). Choose another, or leave Gossip:Port out: "
            + $"then {GossipOptions.DefaultPort} to {WellKnownPorts.Last} are tried first, and any free port is good enough.",
        SocketError.AccessDenied =>
            $"Gossip:Port is '{options.Port}', which the system keeps from this user. Choose one above 1023 that is not reserved.",
        SocketError.AddressNotAvailable =>
            $"Gossip:BindAddress is '{address}', which is no address of this machine. "
                + $"It has {string.Join(", ", OwnAddresses())}; 0.0.0.0 means all of them.",
        _ => $"Gossip:BindAddress is '{address}' and Gossip:Port is '{options.Port}': "
            + $"the system does not let the node listen there ({error.Message}).",
    };

    private static IEnumerable<IPAddress> OwnAddresses() => AddressChoice.OfThisMachine().Select(own => own.Address);

    private static (PeerAddress Advertised, string Because) Advertise(GossipOptions options, IPAddress bind, int port)
    {
        if (options.AdvertiseAddress is not null && IPEndPoint.TryParse(options.AdvertiseAddress, out var configured))
        {
            var advertised = PeerAddress.From(configured.Address, configured.Port == 0 ? port : configured.Port);
            return ProblemOf(advertised, PeerAddress.From(bind, port)) is { } problem
                ? throw Refusal($"Gossip:AdvertiseAddress is '{options.AdvertiseAddress}', {problem}")
                : (advertised, NodeIdentity.Configured);
        }

        if (!bind.Equals(IPAddress.Any) && !bind.Equals(IPAddress.IPv6Any))
            return (PeerAddress.From(bind, port), "the address it listens at");
        var chosen = AddressChoice.Choose(AddressChoice.OfThisMachine(), bind.Equals(IPAddress.Any));
        return (PeerAddress.From(chosen.Address, port), chosen.Because);
    }

    /// <summary>
    /// Why no peer can reach an address from the options, or why this node can reach no peer from there; null where both may work.
    /// </summary>
    internal static string? ProblemOf(PeerAddress advertised, PeerAddress local)
    {
        // A node that listens at "::" receives both families.
        var hearsBoth = local.IsAny && !local.IsIPv4;
        if (!hearsBoth && advertised.IsIPv4 != local.IsIPv4)
        {
            var (told, heard) = advertised.IsIPv4 ? ("IPv4", "IPv6") : ("IPv6", "IPv4");
            return $"an {told} address, and the node listens at {local.ToIPAddress()}, where only {heard} arrives. "
                + $"Set Gossip:AdvertiseAddress to an {heard} address, or leave it out; "
                + "or set Gossip:BindAddress to ::, which is for both.";
        }

        return advertised.IsLinkLocal && advertised.Scope == 0
            ? "which is an address of one link, and does not say of which. "
                + $"Write the interface behind it, such as {advertised.ToIPAddress()}%eth0."
            : null;
    }

    private static OptionsValidationException Refusal(string problem) => new(Options.DefaultName, typeof(GossipOptions), [problem]);

    private static string DefaultName(string application)
    {
        // Several processes of one application on one host are the common case: the random part tells them apart.
        var name = RecordText.Fit($"{application}-{Environment.MachineName}", DefaultNameBytes);
        return string.Concat(name, "-", RandomNumberGenerator.GetHexString(4, lowercase: true));
    }

    private static MemberId NewId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        ulong id;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            id = BitConverter.ToUInt64(bytes);
        }
        while (id == 0);
        return new MemberId(id);
    }

    private static Randomness NewRandomness()
    {
        Span<byte> seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(seed);
        return new Randomness(seed);
    }

    private void Announce(NodeIdentity identity, GossipOptions options)
    {
        Listening(
            logger, identity.Name, identity.Cluster, identity.Local, identity.Advertised,
            identity.AdvertisedBecause, identity.KeyFingerprint ?? "none");
        if (identity.KeyFingerprint is null && !identity.IsLocalOnly)
            Insecure(logger, identity.Local);
        if (identity.Local.Port != options.WellKnownPort && options.Port is null)
            OnAnotherPort(logger, options.WellKnownPort, identity.Local.Port);
    }

    [LoggerMessage(40, LogLevel.Information,
        "{Node} of cluster '{Cluster}' listens at {Local}; others reach it at {Advertised} ({Because}); key {KeyFingerprint}")]
    private static partial void Listening(
        ILogger logger, string node, string cluster, PeerAddress local, PeerAddress advertised, string because, string keyFingerprint);

    [LoggerMessage(41, LogLevel.Warning,
        "There is no Gossip:Key, and the node listens at {Local}: anybody who reaches it can read and change the registry")]
    private static partial void Insecure(ILogger logger, PeerAddress local);

    [LoggerMessage(42, LogLevel.Debug, "Port {WellKnown} is taken on this machine; {Port} serves as well")]
    private static partial void OnAnotherPort(ILogger logger, int wellKnown, int port);
}
