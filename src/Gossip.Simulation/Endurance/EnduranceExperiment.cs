using System.Globalization;
using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Hours in the life of a cluster in which one datagram of a hundred gets lost: processes crash, leave and come back, hosts get other
/// addresses, records come, change and go. For the last quarter of each hour nothing changes. Whoever left or died is forgotten by then, so
/// that at the end of each hour every node holds the same, however long it has lived.
/// </summary>
internal sealed class EnduranceExperiment : IDisposable
{
    /// <summary>
    /// What is gone, and known not to come back, is remembered for <see cref="NodeOptions.ForgetLeftAfter"/>, 10 minutes; 5 are left for
    /// detection, and for the reaper's turn.
    /// </summary>
    private static readonly TimeSpan Busy = TimeSpan.FromMinutes(45);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>How often everything that must hold at any moment is looked at.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestAbsence = TimeSpan.FromMinutes(10);

    /// <summary>The longest pause between two changes of a record.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    /// <summary>A shell that the system notifies of nothing looks for itself this often where it is.</summary>
    private static readonly TimeSpan LooksAtAddress = TimeSpan.FromSeconds(3);

    private readonly PriorityQueue<Action, TimeSpan> _entered = new();
    private readonly Randomness _chance;
    private readonly double _churn;
    private ushort _moves;
    private int _names;

    /// <summary>All texts of versions are of one length, so that no record grows by its number.</summary>
    private long _writes = 1_000_000_000;

    /// <param name="nodes">The size of the cluster, which stands from the start.</param>
    /// <param name="churn">How many of a hundred nodes go, come back or move in an hour, as a share: 0.1 for ten.</param>
    /// <param name="seed">From which everything follows.</param>
    public EnduranceExperiment(int nodes, double churn, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 4);
        World = new World(seed) { KeepsObservations = false };
        _chance = new Randomness(seed ^ 0xE2D);
        _churn = churn;
        Safety = new SafetyChecker(World);
        for (var i = 0; i < nodes; i++)
        {
            var node = World.Add();
            foreach (var seedNode in World.Nodes.Take(3).Where(one => one != node))
                node.SeededBy(seedNode);
        }

        World.Network.Faults = LinkFaults.None with { Loss = 0.01 };
    }

    public World World { get; }

    /// <summary>Watches all along what must hold at any moment, false deaths among it.</summary>
    public SafetyChecker Safety { get; }

    /// <summary>How many processes crashed, left, restarted at once or moved so far.</summary>
    public int Changes { get; private set; }

    /// <summary>Lets an hour pass.</summary>
    public void RunHour()
    {
        var start = World.Now;
        for (var i = 0; i < World.Nodes.Count * _churn; i++)
            Enter(start + _chance.Between(TimeSpan.Zero, Busy - LongestAbsence), ChangeOne);
        for (var at = start; at < start + Busy; at += _chance.Between(TimeSpan.Zero, LongestPause))
            Enter(at, WriteOne);
        while (World.Now < start + Hour)
        {
            var until = World.Now + Glance;
            while (_entered.TryPeek(out var act, out var at) && at <= until)
            {
                World.RunFor(at - World.Now);
                _entered.Dequeue();
                act();
            }

            World.RunFor(until - World.Now);
            Safety.Sweep();
        }
    }

    public void Dispose() => World.Dispose();

    private void Enter(TimeSpan at, Action act) => _entered.Enqueue(act, at);

    private void ChangeOne()
    {
        Changes++;
        var node = AnyRunning();
        switch (_chance.Below(4))
        {
            case 0:
                node.Crash(withHost: _chance.Chance(0.5));
                ComeBackLater(node);
                break;
            case 1:
                node.Leave();
                if (_chance.Chance(0.5))
                    node.Name = string.Create(CultureInfo.InvariantCulture, $"{node}-{++_names}");
                ComeBackLater(node);
                break;
            case 2:
                node.Restart();
                break;
            default:
                var address = PeerAddress.From(new IPAddress([172, 16, (byte)(++_moves >> 8), (byte)_moves]), node.Address.Port);
                node.Readdress(address, _chance.Between(TimeSpan.Zero, LooksAtAddress));
                break;
        }
    }

    private void ComeBackLater(SimulatedNode node) =>
        Enter(World.Now + _chance.Between(TimeSpan.FromSeconds(1), LongestAbsence), node.Restart);

    /// <summary>One record comes, changes or goes; one in four is too long for a datagram.</summary>
    private void WriteOne()
    {
        var node = AnyRunning();
        var which = _chance.Below(4);
        var id = string.Create(CultureInfo.InvariantCulture, $"i{which}");
        if (_chance.Chance(0.3))
            node.Deregister(id);
        else
            node.Register(new ServiceRecord
            {
                InstanceId = id,
                Service = "orders",
                Version = (++_writes).ToString(CultureInfo.InvariantCulture),
                Metadata = which == 0 ? new Dictionary<string, string> { ["bulk"] = new('x', 1500) } : [],
            });
        node.Prove();
        node.ReportLoad(new Load(_chance.Below(1000), _chance.Below(100), _chance.Below(100)));
    }

    private SimulatedNode AnyRunning()
    {
        while (true)
        {
            var node = World.Nodes[_chance.Below(World.Nodes.Count)];
            if (node.IsRunning && node.Node.Self.IsLive)
                return node;
        }
    }
}
