using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>What one node saw, as its journal has it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Name">Its name.</param>
/// <param name="Events">What it saw.</param>
internal sealed record NodeRing(MemberId Node, string Name, IReadOnlyList<NodeEvent> Events);

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
    /// <summary>Of changed services: what is new about them, in words; empty of all else.</summary>
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
