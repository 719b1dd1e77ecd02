using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Cluster;

/// <summary>
/// All nodes of a run. The first holds the well-known port on 127.0.0.1 and is the seed of the others, as on a machine with several services.
/// </summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private readonly List<BenchNode> _nodes = [];
    private readonly SharedLoop[] _loops;
    private readonly Random _random;
    private readonly byte _network;
    private readonly ClusterPlan _plan;
    private readonly string _name;
    private readonly IPEndPoint _seed;
    private int _next;

    /// <param name="network">The second byte of all addresses but the seed's.</param>
    /// <param name="plan">How many start at first, what they lose, and how they spread news.</param>
    public BenchCluster(byte network, ClusterPlan plan)
    {
        _network = network;
        _plan = plan;
        _random = new Random(plan.Nodes);
        // Others may run on this machine: neither their nodes nor their ports are ours.
        _name = $"bench-{Environment.ProcessId}-{network}";
        _seed = new IPEndPoint(IPAddress.Loopback, FreePort());
        Convergence = new Convergence(plan.Nodes);
        Collector = plan.IsMetered ? new Collector() : null;
        _loops = [.. Enumerable.Range(0, plan.Loops).Select(_ => new SharedLoop(plan.Nodes + plan.Joins))];
    }

    public Convergence Convergence { get; }

    /// <summary>Collects the meters of the nodes; null for nobody.</summary>
    public Collector? Collector { get; }

    public IReadOnlyList<BenchNode> Nodes => _nodes;

    /// <summary>Starts the burst. The moment at which the last node was told of the seed.</summary>
    public async Task<long> StartAsync()
    {
        var registering = new List<Task>(_plan.Nodes);
        var last = 0L;
        for (var i = 0; i < _plan.Nodes; i++)
        {
            var node = Bind();
            last = Stopwatch.GetTimestamp();
            registering.Add(StartAsync(node));
        }

        await Task.WhenAll(registering);
        return last;
    }

    /// <summary>Binds one more node, which does not run yet.</summary>
    public BenchNode Bind()
    {
        var index = _next++;
        var host = index + 1;
        var address = index == 0 ? _seed.Address : new IPAddress([127, _network, (byte)(host >> 8), (byte)host]);
        var node = BenchNode.Bind(index, address, _seed, _name, _plan);
        node.Node.Meter = Collector?.MakeMeter();
        node.Node.Observer = new ClusterObserver(Convergence, index, node.Id, _plan.Nodes);
        Convergence.Enter(node.Id, index);
        _nodes.Add(node);
        return node;
    }

    public Task StartAsync(BenchNode node)
    {
        node.Start(_seed, _loops.Length == 0 ? null : _loops[node.Index % _loops.Length]);
        return node.RegisterAsync();
    }

    /// <summary>Any node but the seed.</summary>
    public BenchNode Pick() => _nodes[1 + _random.Next(_nodes.Count - 1)];

    /// <summary>A pause without a rhythm, so that samples do not fall in step with the nodes' own rounds.</summary>
    public TimeSpan Pause(double least, double most) => TimeSpan.FromSeconds(least + (_random.NextDouble() * (most - least)));

    /// <summary>What all but one should learn.</summary>
    public News Expect(BenchNode subject, Func<ClusterEvent, bool> tells) =>
        new(subject.Id, tells, [.. _nodes.Where(node => node != subject).Select(node => node.Index)]);

    /// <summary>Closes a node's sockets under way.</summary>
    public async Task KillAsync(BenchNode node)
    {
        _nodes.Remove(node);
        await node.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            Convergence.Forget(node.Id);
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        _nodes.Clear();
        foreach (var loop in _loops)
            loop.Dispose();
        Collector?.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Any, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
