namespace Gossip.Protocol;

/// <summary>
/// Which member answered at which seed. A seed's address may differ from the one that the member there advertises (the loopback address of
/// a LAN node, a load balancer's). The member that answered is remembered, so that the seed is not asked again while that member lives.
/// </summary>
internal sealed class SeedAliases(Kernel kernel)
{
    /// <summary>How long the state of the cluster may take after an answer, before the member that answered is asked again.</summary>
    private static readonly TimeSpan StatePatience = TimeSpan.FromMilliseconds(500);

    private readonly List<SeedAlias> _all = [];

    public NodeSize Size => new("seed aliases", _all.Count, Limits.SeedAliases);

    /// <summary>The seeds at which a member answered.</summary>
    public IEnumerable<PeerAddress> Seeds => _all.Select(alias => alias.Seed);

    /// <summary>The seeds at which a live member answered that advertises another address, and the member.</summary>
    public IEnumerable<KeyValuePair<PeerAddress, Member>> AnsweredElsewhere
    {
        get
        {
            foreach (var alias in _all)
            {
                if (kernel.Table.FindLiveByTag(alias.Tag) is { } member && member != kernel.Self && member.Address != alias.Seed)
                    yield return new(alias.Seed, member);
            }
        }
    }

    /// <summary>Remembers which member answered. True when the same member has answered there before.</summary>
    public bool Remember(Instant now, PeerAddress seed, uint tag)
    {
        var isSecondAnswer = _all.Exists(alias => alias.Seed == seed && alias.Tag == tag);
        _all.RemoveAll(alias => alias.Seed == seed);
        if (_all.Count >= Limits.SeedAliases)
            _all.RemoveAt(0);
        _all.Add(new SeedAlias(seed, tag, now));
        return isSecondAnswer;
    }

    /// <summary>Whether a seed need not be asked: it is this node itself, or one that has just answered or is a live member.</summary>
    public bool IsKnown(Instant now, PeerAddress seed)
    {
        var index = _all.FindIndex(alias => alias.Seed == seed);
        if (index < 0)
            return false;
        var alias = _all[index];
        return alias.Tag == kernel.Self.Id.Tag || now - alias.At < StatePatience || kernel.Table.FindLiveByTag(alias.Tag) is not null;
    }

    /// <summary>A seed that a member was found behind is no way to it once it has moved: another member may be there.</summary>
    public void Forget(Member moved) => _all.RemoveAll(alias => alias.Tag == moved.Id.Tag);

    /// <summary>
    /// How many nodes have recently answered this node's question and are no members here yet. Where they are all known, but not what they
    /// know, one more stands for the rest of the cluster. A node that was not heard for as long as a newcomer is given elsewhere may be
    /// dead, and is not waited for.
    /// </summary>
    public int CountUnknown(Instant now, bool isSynchronized)
    {
        var (unknown, answered) = (0, 0);
        for (var i = 0; i < _all.Count; i++)
        {
            var alias = _all[i];
            if (alias.Tag == kernel.Self.Id.Tag || now - alias.At > Newcomers.Patience)
                continue;
            answered++;
            var isFirst = _all.FindIndex(other => other.Tag == alias.Tag) == i;
            unknown += isFirst && !kernel.Table.HasTag(alias.Tag) ? 1 : 0;
        }

        return unknown == 0 && answered > 0 && !isSynchronized ? 1 : unknown;
    }

    private readonly record struct SeedAlias(PeerAddress Seed, uint Tag, Instant At);
}
