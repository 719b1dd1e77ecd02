using System.Collections.Concurrent;
using Gossip.Loop;

namespace Gossip.Benchmarks.Endurance;

/// <summary>
/// Asks the node's loop for a turn, again and again, and notes when it took none for long. A machine that has too much to do stops a
/// process as well as a signal does, and only the process itself can tell.
/// </summary>
internal sealed class Pulse(GossipNode node)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Shorter ones make no difference to others.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Standstill> _noted = new();

    /// <summary>A thread of its own, as the loop has: the pool may be busy.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "pulse" }.Start();

    /// <summary>What was noted since the last call.</summary>
    public IReadOnlyList<Standstill> Take()
    {
        var taken = new List<Standstill>();
        while (_noted.TryDequeue(out var standstill))
            taken.Add(standstill);
        return taken;
    }

    private void Run()
    {
        using var turn = new AutoResetEvent(false);
        for (var last = DateTimeOffset.UtcNow; ;)
        {
            Thread.Sleep(Interval);
            if (!node.TryPost((_, _, _) => turn.Set()))
                return;
            turn.WaitOne();
            var now = DateTimeOffset.UtcNow;
            if (now - last > Shortest)
                _noted.Enqueue(new Standstill(last, now));
            last = now;
        }
    }
}

/// <summary>A span in which a process did nothing, by the clock of the machine.</summary>
internal readonly record struct Standstill(DateTimeOffset From, DateTimeOffset Until)
{
    public TimeSpan Length => Until - From;
}
