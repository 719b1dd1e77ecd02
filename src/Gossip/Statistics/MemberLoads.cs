using System.Collections.Concurrent;
using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// The members' loads, apart from the snapshots: a load changes up to twice a second, a snapshot only when there are other instances to
/// call. The loop writes; the first choice among instances asks for their cells, and keeps them.
/// </summary>
internal sealed class MemberLoads
{
    private readonly ConcurrentDictionary<MemberId, LoadCell> _cells = new(concurrencyLevel: 1, capacity: 1);

    /// <summary>How many members have a cell.</summary>
    public int Count => _cells.Count;

    /// <summary>
    /// The cell of a member; the same one until the member is forgotten, whether it has sent a load or not. From any thread.
    /// </summary>
    public LoadCell CellOf(MemberId member) => _cells.GetOrAdd(member, static _ => new LoadCell());

    /// <summary>The same, where there is one: to look at a load makes no cell.</summary>
    public LoadCell? Find(MemberId member) => _cells.GetValueOrDefault(member);

    /// <summary>Shows a received load. Called by the loop only.</summary>
    public void Write(in LoadChange change) => CellOf(change.Member).Write(change.Load, change.At);

    /// <summary>
    /// Drops the cells of all members that are not remembered any more, including those that a reader of an old snapshot asked for since
    /// the last time. A holder of such a cell sees its load grow old.
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
