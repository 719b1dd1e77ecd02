using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>
/// Something that happened, as a copy that may be kept. It shares with the table what does not change there: hundreds are kept.
/// </summary>
/// <param name="Moment">When, by this node's wall clock, in UTC.</param>
/// <param name="Kind">What.</param>
/// <param name="Member">Of whom: what the member said of itself at that time.</param>
/// <param name="Testimonies">Who said what against it, the first accuser first; empty when nobody was accused.</param>
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

    /// <summary>Whether the event tells why somebody is, or is not, suspected, held dead or out of reach.</summary>
    public bool IsVerdict => Kind is ClusterEventKind.MemberSuspected or ClusterEventKind.SuspicionConfirmed
        or ClusterEventKind.MemberRefuted or ClusterEventKind.MemberDied or ClusterEventKind.MemberLeft
        or ClusterEventKind.MemberOutOfReach or ClusterEventKind.MemberWithinReach
        || (Kind == ClusterEventKind.MemberJoined && Testimonies.Count > 0);

    /// <summary>Whether the event is of the member that a person means by a name, an id or an address.</summary>
    public bool IsOf(string member) =>
        string.Equals(Name, member, StringComparison.OrdinalIgnoreCase) || Id.ToString() == member || Address.ToString() == member;
}

/// <summary>A <see cref="Testimony"/> with the name of who gave it.</summary>
/// <param name="Accuser">The accuser's name, or its id when it is not known here.</param>
/// <param name="Evidence">On what grounds.</param>
/// <param name="LocalHealth">How unwell the accuser held itself: 0 is well.</param>
/// <param name="RoundTrip">How long the accused's answers had taken the accuser; null when it had none.</param>
internal sealed record NamedTestimony(string Accuser, Evidence Evidence, int LocalHealth, TimeSpan? RoundTrip)
{
    /// <inheritdoc/>
    public override string ToString() =>
        LocalHealth == 0 ? $"{Accuser}: {Evidence}" : $"{Accuser}: {Evidence}, itself unwell ({LocalHealth})";
}
