using System.Collections.Concurrent;
using System.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Cluster;

/// <summary>Where what the nodes learn comes together: all nodes are in this process, so one clock times them all.</summary>
internal sealed class Convergence
{
    private const double Nearly = 0.99;

    private readonly ConcurrentDictionary<MemberId, int> _indexes = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _pairs;
    private readonly long _nearlyAll;
    private News[] _watched = [];
    private long _known;
    private long _nearlyAt;
    private long _completeAt;
    private long _falseSuspicions;
    private long _falseDeaths;

    public Convergence(int nodes)
    {
        _pairs = (long)nodes * (nodes - 1);
        _nearlyAll = (long)Math.Ceiling(_pairs * Nearly);
    }

    /// <summary>What is waited for.</summary>
    public News[] Watched
    {
        get => Volatile.Read(ref _watched);
        set => Volatile.Write(ref _watched, value);
    }

    /// <summary>Ends when every node of the burst shows every other one, with its record.</summary>
    public Task Complete => _complete.Task;

    public long CompleteAt => Interlocked.Read(ref _completeAt);

    /// <summary>When 99 % of the pairs (who, of whom) were shown.</summary>
    public long NearlyCompleteAt => Interlocked.Read(ref _nearlyAt);

    public long Known => Interlocked.Read(ref _known);

    public long Pairs => _pairs;

    /// <summary>Suspicions of nodes that were not killed, summed over those that held them.</summary>
    public long FalseSuspicions => Interlocked.Read(ref _falseSuspicions);

    /// <summary>Deaths of nodes that were not killed, summed over those that believed them.</summary>
    public long FalseDeaths => Interlocked.Read(ref _falseDeaths);

    public void Enter(MemberId id, int index) => _indexes[id] = index;

    /// <summary>From now on whatever is said against the member is true.</summary>
    public void Forget(MemberId id) => _indexes.TryRemove(id, out _);

    /// <summary>The index of a node that is meant to live.</summary>
    public bool TryFind(MemberId id, out int index) => _indexes.TryGetValue(id, out index);

    public void CountAlarm(ClusterEventKind kind)
    {
        if (kind == ClusterEventKind.MemberSuspected)
            Interlocked.Increment(ref _falseSuspicions);
        if (kind == ClusterEventKind.MemberDied)
            Interlocked.Increment(ref _falseDeaths);
    }

    /// <summary>So many more pairs are shown than before.</summary>
    public void Show(int more, long moment)
    {
        var known = Interlocked.Add(ref _known, more);
        if (known >= _nearlyAll)
            Interlocked.CompareExchange(ref _nearlyAt, moment, 0);
        if (known >= _pairs && Interlocked.CompareExchange(ref _completeAt, moment, 0) == 0)
            _complete.TrySetResult();
    }

    public static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;
}
