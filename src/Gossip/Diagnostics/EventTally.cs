using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>How often each kind of event has happened. The loop writes it; <see cref="Read"/> copies it.</summary>
internal sealed class EventTally
{
    private static readonly int Kinds = Enum.GetValues<ClusterEventKind>().Length;
    private static readonly int Grounds = Enum.GetValues<Evidence>().Length;

    private readonly long[] _kinds = new long[Kinds];
    private readonly long[] _deaths = new long[Grounds];

    /// <param name="happened">The event.</param>
    /// <param name="self">This node: that it refuted an accusation is no refutation by another member.</param>
    public void Add(in ClusterEvent happened, MemberId self)
    {
        if (happened.Kind == ClusterEventKind.MemberRefuted && happened.Member.Id == self)
            return;
        _kinds[(int)happened.Kind]++;
        if (happened.Kind == ClusterEventKind.MemberDied)
            _deaths[(int)happened.Member.Gravest.Evidence]++;
    }

    public EventFigures Read() => new([.. _kinds], [.. _deaths]);
}

/// <summary>A copy of an <see cref="EventTally"/>.</summary>
/// <param name="kinds">By <see cref="ClusterEventKind"/>.</param>
/// <param name="deaths">By <see cref="Evidence"/>.</param>
internal sealed class EventFigures(long[] kinds, long[] deaths)
{
    /// <summary>How often that has happened, to members other than this node.</summary>
    public long Of(ClusterEventKind kind) => kinds[(int)kind];

    /// <summary>How many members were held dead on these grounds.</summary>
    public long DeathsBy(Evidence evidence) => deaths[(int)evidence];
}
