namespace Gossip.Protocol;

/// <summary>
/// Which members changed since somebody last asked, each once: what makes the cost of looking at a table follow the changes, and not the
/// table. Nothing is kept until somebody has asked, and no more than a limit: who comes too late looks at everything.
/// </summary>
internal sealed class ChangeList(int limit)
{
    /// <summary>What the list may keep room for when it is empty: after a burst it would hold the burst's size for ever.</summary>
    private const int Few = 16;

    private readonly List<MemberId> _changed = [];
    private bool _isWhole;

    /// <summary>Counts the takes, from 1, so that a member is entered once between two of them.</summary>
    private int _turn = 1;

    /// <summary>How many changes there were, also of those that are not kept.</summary>
    public long Total { get; private set; }

    public void Add(Member member)
    {
        Total++;
        if (!_isWhole || member.ChangedInTurn == _turn)
            return;
        member.ChangedInTurn = _turn;
        if (_changed.Count < limit)
            _changed.Add(member.Id);
        else
            Forget();
    }

    /// <summary>Moves the list over. False when it is not whole: the first time, and when too much has changed.</summary>
    public bool TryTake(List<MemberId> into)
    {
        var wasWhole = _isWhole;
        // One that was forgotten and came back has two rows in turn, and so stands there twice.
        _changed.Sort();
        var last = default(MemberId);
        foreach (var id in _changed)
        {
            if (id != last)
                into.Add(id);
            last = id;
        }

        Forget();
        _isWhole = true;
        _turn++;
        return wasWhole;
    }

    private void Forget()
    {
        _changed.Clear();
        if (_changed.Capacity > Few)
            _changed.TrimExcess();
        _isWhole = false;
    }
}
