using System.Diagnostics;
using Gossip.Loop;
using Gossip.Transport;

namespace Gossip.Benchmarks.Cluster;

/// <summary>
/// One thread that takes the turns of many nodes. They stand for processes on machines of their own: with a thread each, hundreds of them on few
/// cores measure how long a thread waits for its turn on a core, which none of those machines would make it do.
/// </summary>
internal sealed class SharedLoop : IDisposable
{
    /// <summary>A node looks at its seeds at least so often.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Readiness _readiness;
    private readonly GossipNode?[] _nodes;
    private readonly long[] _due;
    private readonly Thread _thread;
    private int _count;
    private volatile bool _ends;

    /// <param name="capacity">How many nodes it may get, those that have ended included.</param>
    public SharedLoop(int capacity)
    {
        _readiness = new Readiness(capacity);
        _nodes = new GossipNode?[capacity];
        _due = new long[capacity];
        _thread = new Thread(Run) { IsBackground = true, Name = "gossip-shared" };
        _thread.Start();
    }

    /// <summary>Takes the turns of a node from here on. The first comes with the first thing that the node is asked.</summary>
    public void Take(GossipNode node, SocketTransport sockets)
    {
        node.Open();
        var place = _count;
        _nodes[place] = node;
        _due[place] = long.MaxValue;
        Volatile.Write(ref _count, place + 1);
        _readiness.Add(sockets.Readable, place);
    }

    /// <summary>Ends the thread, within <see cref="LongestWait"/>. All of its nodes have ended before.</summary>
    public void Dispose()
    {
        _ends = true;
        _thread.Join();
        _readiness.Dispose();
    }

    private void Run()
    {
        var next = long.MaxValue;
        while (!_ends)
        {
            foreach (var place in _readiness.Wait(Until(next)))
                TakeTurn(place);
            next = long.MaxValue;
            var now = Stopwatch.GetTimestamp();
            for (var place = Volatile.Read(ref _count) - 1; place >= 0; place--)
            {
                if (_due[place] <= now)
                    TakeTurn(place);
                next = Math.Min(next, _due[place]);
            }
        }
    }

    private void TakeTurn(int place)
    {
        if (_nodes[place] is { } node && node.TakeTurn(waits: false))
        {
            var due = node.UntilDue();
            _due[place] = Stopwatch.GetTimestamp() + (long)((due < LongestWait ? due : LongestWait).TotalSeconds * Stopwatch.Frequency);
            return;
        }

        _nodes[place] = null;
        _due[place] = long.MaxValue;
    }

    private static TimeSpan Until(long moment)
    {
        var now = Stopwatch.GetTimestamp();
        if (moment <= now)
            return TimeSpan.Zero;
        return moment == long.MaxValue ? LongestWait : Stopwatch.GetElapsedTime(now, moment);
    }
}
