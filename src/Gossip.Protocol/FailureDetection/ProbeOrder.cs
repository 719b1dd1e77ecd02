namespace Gossip.Protocol;

/// <summary>
/// Which member to probe next: all members in a random order, drawn anew after each pass, with newcomers at a random place (SWIM §4.3,
/// "round-robin probe target selection"). So a crashed member is probed within 2n − 1 rounds at the latest, not only on average.
/// </summary>
internal sealed class ProbeOrder(Randomness randomness)
{
    private readonly List<MemberId> _order = [];
    private int _next;

    public int Count => _order.Count;

    public void Add(MemberId id)
    {
        var place = randomness.Below(_order.Count + 1);
        _order.Insert(place, id);
        if (place < _next)
            _next++;
    }

    /// <summary>Adds one of many at once: the order is drawn when the pass begins.</summary>
    public void Append(MemberId id)
    {
        _order.Add(id);
        _next = _order.Count;
    }

    public void Remove(MemberId id)
    {
        var place = _order.IndexOf(id);
        if (place < 0)
            return;
        _order.RemoveAt(place);
        if (place < _next)
            _next--;
    }

    /// <summary>Puts a member that is in doubt at the head.</summary>
    public void Promote(MemberId id)
    {
        Remove(id);
        _order.Insert(_next, id);
    }

    /// <summary>The next member to probe. False when there is none.</summary>
    public bool TryNext(out MemberId id)
    {
        id = default;
        if (_order.Count == 0)
            return false;
        if (_next >= _order.Count)
        {
            randomness.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_order));
            _next = 0;
        }

        id = _order[_next++];
        return true;
    }
}
