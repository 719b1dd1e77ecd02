using System.Globalization;
using System.Net;
using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Hosting;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Benchmarks.Cluster;

/// <summary>One node as a host would run it, with a service of its own, but without a host and its container.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    private const int Services = 8;

    private readonly SocketTransport _sockets;
    private readonly SeedPipeline _seeds;
    private ServiceRegistration? _registration;

    private BenchNode(int index, GossipNode node, SocketTransport sockets, SeedPipeline seeds)
    {
        Index = index;
        Node = node;
        _sockets = sockets;
        _seeds = seeds;
    }

    public int Index { get; }

    public GossipNode Node { get; }

    public MemberId Id => Node.Identity.Id;

    /// <summary>Binds the sockets; nothing runs yet. Of the datagrams that arrive, the plan's share is lost.</summary>
    public static BenchNode Bind(int index, IPAddress address, IPEndPoint seed, string cluster, ClusterPlan plan)
    {
        var options = new GossipOptions
        {
            Cluster = cluster,
            NodeName = $"node-{index}",
            BindAddress = address.ToString(),
            Port = seed.Port,
            WellKnownPort = seed.Port,
            UseMdns = false,
            Seeds = [seed.ToString()],
            Protocol = plan.Protocol,
            Key = plan.IsSealed ? Convert.ToBase64String(new byte[32]) : null,
        };
        SocketTransport? sockets = null;
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance)
        {
            Through = transport =>
            {
                sockets = (SocketTransport)transport;
                return plan.Drop > 0 ? new LossyTransport(transport, plan.Drop, new Random(index)) : transport;
            },
        };
        var node = launcher.Launch(options, "bench");
        return new BenchNode(index, node, sockets!, new SeedPipeline(node.Join, node.Identity.CanTry, TimeProvider.System, NullLogger.Instance));
    }

    /// <summary>Starts the loop, one of its own if none is given, and looks for others as a host's node does.</summary>
    public void Start(IPEndPoint seed, SharedLoop? loop)
    {
        if (loop is null)
            Node.Start();
        else
            loop.Take(Node, _sockets);
        _seeds.Start([new ConfiguredSeeds([new SeedAddress(seed.Address.ToString(), seed.Port)], TimeProvider.System, NullLogger.Instance)]);
    }

    public async Task RegisterAsync()
    {
        var host = Node.Identity.Advertised.ToIPAddress().ToString();
        var record = new ServiceRecord
        {
            InstanceId = Node.Identity.Name,
            Service = $"service-{Index % Services}",
            Version = "1.0.0",
            Endpoints = [new ServiceEndpoint("http", "http", host, 5000)],
            Tags = ["bench"],
            Metadata = new Dictionary<string, string> { ["revision"] = "0" },
        };
        _registration = await ServiceRegistration.OpenAsync(Node, record, new Registrations(NullLogger.Instance, NullLogger.Instance), CancellationToken.None);
    }

    /// <summary>Changes one value of the own record.</summary>
    public async Task UpdateAsync(int revision) => await _registration!.UpdateAsync(record => record with
    {
        Metadata = new Dictionary<string, string> { ["revision"] = revision.ToString(CultureInfo.InvariantCulture) },
    });

    /// <summary>Whether an event shows that revision of the record.</summary>
    public bool IsShown(in ClusterEvent happened, int revision) =>
        happened.Member.StoredRecords is [{ IsReadable: true } record]
        && record.Read().Metadata["revision"] == revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>Ends without a goodbye: first the sockets, then the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _seeds.DisposeAsync();
    }
}
