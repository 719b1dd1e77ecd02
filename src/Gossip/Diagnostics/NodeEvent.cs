using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>
/// Something that happened, as a copy that may be kept. It shares immutable parts with the table, since hundreds are kept.
/// </summary>
/// <param name="Moment">When, by this node's wall clock, in UTC.</param>
/// <param name="Kind">What.</param>
/// <param name="Member">The member it happened to: its profile at that time.</param>
/// <param name="Testimonies">The testimonies against the member, the first accuser's first; empty without an accusation.</param>
internal readonly record struct NodeEvent(
    DateTime Moment, ClusterEventKind Kind, MemberProfile Member, IReadOnlyList<NamedTestimony> Testimonies)
{
    /// <summary>When, by this node's wall clock.</summary>
    public DateTimeOffset At => new(Moment);

    /// <summary>The member's incarnation: that of a refutation is the one that it took to refute.</summary>
    public Incarnation Incarnation => Member.Incarnation;

    public MemberId Id => Member.Id;

    public string Name => Member.Name;

    public PeerAddress Address => Member.Address;

    /// <summary>Whether the event tells why a member is, or is not, suspected, held dead or out of reach.</summary>
    public bool IsVerdict => Kind is ClusterEventKind.MemberSuspected or ClusterEventKind.SuspicionConfirmed
        or ClusterEventKind.MemberRefuted or ClusterEventKind.MemberDied or ClusterEventKind.MemberLeft
        or ClusterEventKind.MemberOutOfReach or ClusterEventKind.MemberWithinReach
        || (Kind == ClusterEventKind.MemberJoined && Testimonies.Count > 0);

    /// <summary>Whether the event is of the member that a person means by a name, an id or an address.</summary>
    public bool IsOf(string member) =>
        string.Equals(Name, member, StringComparison.OrdinalIgnoreCase) || Id.ToString() == member || Address.ToString() == member;
}

/// <summary>A <see cref="Testimony"/> with the name of its accuser.</summary>
/// <param name="Accuser">The accuser's name, or its id when it is not known here.</param>
/// <param name="Evidence">On what grounds.</param>
/// <param name="LocalHealth">How unhealthy the accuser held itself: 0 is healthy.</param>
/// <param name="RoundTrip">The round trip of the accused's answers to the accuser; null when there was none.</param>
internal sealed record NamedTestimony(string Accuser, Evidence Evidence, int LocalHealth, TimeSpan? RoundTrip)
{
    /// <inheritdoc/>
    public override string ToString() =>
        LocalHealth == 0 ? $"{Accuser}: {Evidence}" : $"{Accuser}: {Evidence}, itself unwell ({LocalHealth})";
}
