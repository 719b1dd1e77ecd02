using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>What one node saw, as its journal has it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Name">Its name.</param>
/// <param name="Events">What it saw.</param>
/// <param name="Gone">The number of the newest event that is not among them, although the node saw it; 0 where all are.</param>
internal sealed record NodeRing(MemberId Node, string Name, IReadOnlyList<NodeEvent> Events, long Gone = 0)
{
    /// <summary>
    /// From when on all that it saw is here, by its clock; null where that is nothing. Only what <see cref="Gone"/> is above zero tells of
    /// a loss.
    /// </summary>
    public DateTimeOffset? Since => Events.FirstOrDefault(one => one.Sequence > Gone)?.At;

    /// <summary>No more than so many of them. Of services those go first: they come by the hundred where one is deployed.</summary>
    public NodeRing Fit(int most)
    {
        if (Events.Count <= most)
            return this;
        var ofServices = Math.Max(0, most - Events.Count(one => !one.IsOfServices));
        var kept = Events.Where(one => !one.IsOfServices).TakeLast(most)
            .Concat(Events.Where(one => one.IsOfServices).TakeLast(ofServices)).OrderBy(one => one.Sequence).ToArray();
        return this with { Events = kept, Gone = Math.Max(Gone, Events.Except(kept).Max(one => one.Sequence)) };
    }
}

/// <summary>Something that happened, as all who saw it tell of it together.</summary>
/// <param name="Kind">What.</param>
/// <param name="Member">The member it happened to.</param>
/// <param name="Name">The name of that member.</param>
/// <param name="Address">Where it was reached.</param>
/// <param name="Incarnation">The incarnation of which it is told.</param>
/// <param name="Testimonies">What was said against the member, each accuser once.</param>
/// <param name="SeenBy">Who saw it, by name.</param>
internal sealed record StoryEntry(
    ClusterEventKind Kind,
    MemberId Member,
    string Name,
    PeerAddress Address,
    Incarnation Incarnation,
    IReadOnlyList<NamedTestimony> Testimonies,
    IReadOnlyList<Observation> SeenBy)
{
    /// <summary>Of changed services: what their owner wrote, in words; empty of all else.</summary>
    public string What { get; init; } = "";

    /// <summary>The gravest evidence that was told; none where there is no accusation.</summary>
    public Evidence Gravest => Testimonies.Select(word => word.Evidence).OrderByDescending(IsStrong).FirstOrDefault();

    /// <summary>Whether it is of the member that a person means by a name, an id or an address.</summary>
    public bool IsOf(string member) =>
        string.Equals(Name, member, StringComparison.OrdinalIgnoreCase) || Member.ToString() == member || Address.ToString() == member;

    private static bool IsStrong(Evidence evidence) => evidence is Evidence.Refused or Evidence.Replaced;
}

/// <summary>That one node saw something.</summary>
/// <param name="Node">The node.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sequence">The number of the event in its journal.</param>
/// <param name="At">When, by its wall clock: a label, which orders nothing.</param>
internal readonly record struct Observation(MemberId Node, string Name, long Sequence, DateTimeOffset At);
