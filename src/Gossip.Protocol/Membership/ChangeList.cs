namespace Gossip.Protocol;

/// <summary>
/// Which members changed since somebody last asked, each once: what makes the cost of looking at a table follow the changes, and not the
/// table. Nothing is kept until somebody has asked, and no more than a limit: who comes too late looks at everything.
/// </summary>
internal sealed class ChangeList(int limit)
{
    /// <summary>Changes that an empty list keeps room for: after a storm it would hold the storm's size for ever.</summary>
    private const int Kept = 32;

    private readonly HashSet<MemberId> _changed = [];
    private bool _isWhole;

    /// <summary>How many changes there were, also of those that are not kept.</summary>
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
    /// Moves the list over, in the order of ids. False when it is not whole: the first time, and when too much has changed.
    /// </summary>
    public bool TryTake(List<MemberId> into)
    {
        var wasWhole = _isWhole;
        into.AddRange(_changed.Order());
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
