using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Loop;

/// <content> How busy this process is, and the others. Neither wakes the loop nor makes a snapshot: loads pass at each turn, and the next
/// turn is never far. </content>
internal sealed partial class GossipNode
{
    /// <summary>A bit above those of a load that says that there is one.</summary>
    private const ulong Said = 1UL << 63;

    /// <summary>Between two measurements of this process's load.</summary>
    private static readonly TimeSpan LoadPace = TimeSpan.FromSeconds(1);

    private readonly List<LoadChange> _loadChanges = [];
    private bool _forgot;
    private ulong _saidLoad;
    private Instant? _measured;

    /// <summary>The members' loads. The table is used by the loop only, its cells by all threads.</summary>
    internal MemberLoads Loads { get; } = new();

    /// <summary>
    /// Measures how busy this process is; null for no measurement. The loop calls it once a second. It must not wait. If it throws, it is
    /// not called again. Set before <see cref="Start"/>.
    /// </summary>
    internal Func<Load>? LoadGauge { get; set; }

    /// <summary>
    /// Reports how busy this process is: to be called about every second while it is busy, and once when it is idle again. From any thread;
    /// of several calls between two turns of the loop the last one counts, and they cost the same as one.
    /// </summary>
    internal void ReportLoad(Load load) => Volatile.Write(ref _saidLoad, Said | load.Packed);

    private void MeasureLoad(Instant now)
    {
        if (LoadGauge is not { } gauge || now - _measured < LoadPace)
            return;
        _measured = now;
        try
        {
            ReportLoad(gauge());
        }
        catch (Exception error)
        {
            // The others then take this process for one that reports no load; the loop must go on.
            LoadGauge = null;
            _journal.Add(error, now);
        }
    }

    private void TakeLoad(Instant now)
    {
        if (Volatile.Read(ref _saidLoad) == 0)
            return;
        var said = Interlocked.Exchange(ref _saidLoad, 0);
        _node.ReportLoad(now, Load.Unpack(said & ~Said));
    }

    private void ShowLoads(Instant now)
    {
        _feed.BalancingClock.Mark(now);
        if (_node.TryTakeLoads(_loadChanges))
        {
            foreach (var change in _loadChanges)
                Loads.Write(change);
            _loadChanges.Clear();
        }

        if (_forgot)
            Loads.Forget(id => _node.FindMember(id) is not null);
        _forgot = false;
    }
}
