using System.Runtime.InteropServices;

namespace Gossip.Protocol;

/// <summary>
/// Which members changed since the last call of <see cref="TryTake"/>, each once, so that the cost of reading a table follows the changes,
/// not the size of the table. Nothing is kept before the first call, and never more than a limit: a caller that comes too late reads the
/// whole table.
/// </summary>
internal sealed class ChangeList(int limit)
{
    /// <summary>Changes that an empty list keeps room for: after a storm it would hold the storm's size for ever.</summary>
    private const int Kept = 32;

    private readonly HashSet<MemberId> _changed = [];
    private bool _isWhole;

    /// <summary>How many changes there were, including those that are not kept.</summary>
    public long Total { get; private set; }

    public void Add(MemberId member)
    {
        Total++;
        if (!_isWhole || !_changed.Add(member) || _changed.Count <= limit)
            return;
        Forget();
        _isWhole = false;
    }

    /// <summary>
    /// Moves the list over, in the order of ids. False when it is incomplete: the first time, and when too much has changed.
    /// </summary>
    public bool TryTake(List<MemberId> into)
    {
        var wasWhole = _isWhole;
        var known = into.Count;
        into.AddRange(_changed);
        CollectionsMarshal.AsSpan(into)[known..].Sort();
        Forget();
        _isWhole = true;
        return wasWhole;
    }

    private void Forget()
    {
        _changed.Clear();
        if (_changed.Capacity > Kept)
            _changed.TrimExcess();
    }
}
