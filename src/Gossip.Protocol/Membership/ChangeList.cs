namespace Gossip.Protocol;

/// <summary>
/// Which members changed since somebody last asked, each once: what makes the cost of looking at a table follow the changes, and not the
/// table. Nothing is kept until somebody has asked, and no more than a limit: who comes too late looks at everything.
/// </summary>
internal sealed class ChangeList(int limit)
{
    /// <summary>What the list may keep room for when it is empty: after a burst it would hold the burst's size for ever.</summary>
    private const int Few = 16;

    private readonly List<Member> _changed = [];
    private bool _isWhole;

    /// <summary>How many changes there were, also of those that are not kept.</summary>
    public long Total { get; private set; }

    public void Add(Member member)
    {
        Total++;
        if (!_isWhole || member.IsListed)
            return;
        if (_changed.Count >= limit)
        {
            Forget();
            return;
        }

        member.IsListed = true;
        _changed.Add(member);
    }

    /// <summary>Moves the list over. False when it is not whole: the first time, and when too much has changed.</summary>
    public bool TryTake(List<MemberId> into)
    {
        var wasWhole = _isWhole;
        // One that was forgotten and came back is two members in turn, and so stands there twice.
        _changed.Sort((left, right) => left.Id.CompareTo(right.Id));
        var last = default(MemberId);
        foreach (var member in _changed)
        {
            if (member.Id != last)
                into.Add(member.Id);
            last = member.Id;
        }

        Forget();
        _isWhole = true;
        return wasWhole;
    }

    private void Forget()
    {
        foreach (var member in _changed)
            member.IsListed = false;
        _changed.Clear();
        if (_changed.Capacity > Few)
            _changed.TrimExcess();
        _isWhole = false;
    }
}
