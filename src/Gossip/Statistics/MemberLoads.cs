using System.Collections.Concurrent;
using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// The members' loads beside the snapshots: a load changes twice a second, and a snapshot only when there is something else to call. The
/// loop writes; whoever chooses among instances for the first time asks for their cells, and keeps them.
/// </summary>
internal sealed class MemberLoads
{
    private readonly ConcurrentDictionary<MemberId, LoadCell> _cells = new(concurrencyLevel: 1, capacity: 1);

    /// <summary>How many members have a cell.</summary>
    public int Count => _cells.Count;

    /// <summary>
    /// The cell of a member; the same one until the member is forgotten, whether it has told a load or not. From any thread.
    /// </summary>
    public LoadCell CellOf(MemberId member) => _cells.GetOrAdd(member, static _ => new LoadCell());

    /// <summary>Shows a load that was told. The loop alone does this.</summary>
    public void Write(in LoadChange change) => CellOf(change.Member).Write(change.Load, change.At);

    /// <summary>
    /// Drops the cells of all members that are remembered no more, those included that a reader of an old snapshot asked for since the last
    /// time. Who holds one sees its load grow old.
    /// </summary>
    public void Forget(Func<MemberId, bool> isKnown)
    {
        foreach (var (member, _) in _cells)
        {
            if (!isKnown(member))
                _cells.TryRemove(member, out _);
        }
    }
}
