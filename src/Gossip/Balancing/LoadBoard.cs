using Gossip.Protocol;

namespace Gossip.Balancing;

/// <summary>
/// The members' loads beside the snapshots: a load changes twice a second, and a snapshot only when there is something else to call. The board
/// is the loop's alone; it hands out cells, which anybody may read.
/// </summary>
internal sealed class LoadBoard
{
    private readonly Dictionary<MemberId, LoadCell> _cells = [];

    /// <summary>How many members have a cell.</summary>
    public int Count => _cells.Count;

    /// <summary>The cell of a member; the same one until the member is forgotten, whether it has told a load or not.</summary>
    public LoadCell CellOf(MemberId member)
    {
        if (!_cells.TryGetValue(member, out var cell))
            _cells.Add(member, cell = new LoadCell());
        return cell;
    }

    /// <summary>Shows a load that was told.</summary>
    public void Write(in LoadChange change) => CellOf(change.Member).Write(change.Load, change.At);

    /// <summary>Drops the cell of a member that is remembered no more. Who holds it sees its load grow old.</summary>
    public void Forget(MemberId member) => _cells.Remove(member);
}
