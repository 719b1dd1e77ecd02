namespace Gossip.Protocol;

/// <summary>
/// Out of reach (not in the papers). A member whose address is wrong for this node (it lost it, or it is in another network) answers
/// nothing and lives all the same: it refutes whatever is said of it, and meanwhile callers are sent where nobody is. So who was heard to
/// refute twice within 30 s, with no ack from it by any path, is probed out of turn; when two such probes get no ack either, directly,
/// through relays or by stream, the member is out of this node's reach until one comes. That is a mark of this node's own: no claim, told
/// to nobody, and in no digest.
/// </summary>
public sealed partial class Node
{
    private static readonly TimeSpan RefutationWindow = TimeSpan.FromSeconds(30);

    /// <summary>Between two probes out of turn of one member.</summary>
    private static readonly TimeSpan ReachInterval = TimeSpan.FromSeconds(5);

    /// <summary>Of probes on all paths one fails by accident where many packets get lost, and two seldom.</summary>
    private const int ProbesInVain = 2;

    /// <summary>Members that are probed out of turn. Of more than these the others' probes, and their own, tell in time.</summary>
    private const int MostDoubted = 64;

    private readonly List<Member> _doubted = [];
    private bool _wasOutOfTurn;

    /// <summary>The seeds at which a live member answered that advertises another address, and the member.</summary>
    public IEnumerable<KeyValuePair<PeerAddress, Member>> AnsweredElsewhere
    {
        get
        {
            foreach (var alias in _aliases)
            {
                if (_table.FindLiveByTag(alias.Tag) is { } member && member != _self && member.Address != alias.Seed)
                    yield return new(alias.Seed, member);
            }
        }
    }

    /// <summary>A doubted member, at most every other time, for the rounds are shared; else whose turn it is.</summary>
    private Member? NextTarget(Instant now)
    {
        _wasOutOfTurn = !_wasOutOfTurn && _doubted.Count > 0;
        return (_wasOutOfTurn ? NextDoubted(now) : null) ?? NextInTurn();
    }

    private Member? NextDoubted(Instant now)
    {
        _doubted.RemoveAll(member => member.Doubt is null || _table.Find(member.Id) != member || member.State == MemberState.Left);
        foreach (var member in _doubted)
        {
            if (!member.IsLive || member.Doubt!.NextProbe > now)
                continue;
            member.Doubt.NextProbe = now + ReachInterval;
            return member;
        }

        return null;
    }

    private Member? NextInTurn()
    {
        if (IsInRounds && _table.Live.Count > 1)
            return _table.Live[(_table.OwnPlace + _rounds.Stride(_table.Live.Count)) % _table.Live.Count];
        for (var tries = _table.PeerCount; tries > 0 && _order.TryNext(out var id); tries--)
        {
            if (_table.Find(id) is { IsLive: true } member)
                return member;
        }

        return null;
    }

    private static bool IsDoubted(Member member) => member.Doubt is { IsListed: true };

    /// <summary>A member has refuted a suspicion, or come back from the dead.</summary>
    private void NoteRefutation(Instant now, Member member)
    {
        if (!Options.MarkOutOfReach)
            return;
        var doubt = member.Doubt ??= new Doubt { Refuted = Instant.Never };
        if (!doubt.IsListed && doubt.Refuted != Instant.Never && now - doubt.Refuted <= RefutationWindow && _doubted.Count < MostDoubted)
        {
            doubt.IsListed = true;
            _doubted.Add(member);
        }

        doubt.Refuted = now;
    }

    /// <summary>An ack of the member has come, by whatever path.</summary>
    private void NoteReached(Instant now, Member member, IOutbox outbox)
    {
        if (member.Doubt is not { } doubt)
            return;
        member.Doubt = null;
        _doubted.Remove(member);
        if (!doubt.IsOutOfReach)
            return;
        _table.Note(member);
        outbox.Publish(new ClusterEvent(ClusterEventKind.MemberWithinReach, now, member));
    }

    /// <summary>A whole probe of the member got no ack. Who hears nobody at all is cut off itself.</summary>
    private void NoteUnreached(Instant now, Member member, IOutbox outbox)
    {
        if (member.Doubt is not { IsListed: true, IsOutOfReach: false } doubt || IsCutOff(now))
            return;
        if (++doubt.InVain < ProbesInVain)
        {
            doubt.NextProbe = now;
            return;
        }

        doubt.IsOutOfReach = true;
        _table.Note(member);
        outbox.Publish(new ClusterEvent(ClusterEventKind.MemberOutOfReach, now, member, member.Testimonies));
    }
}
