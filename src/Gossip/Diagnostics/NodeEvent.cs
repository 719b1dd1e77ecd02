using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>
/// Something that happened, as a copy that may be kept and read by any thread. It shares immutable parts with the table, since hundreds
/// are kept.
/// </summary>
/// <param name="Moment">When, by this node's wall clock, in UTC.</param>
/// <param name="Kind">What.</param>
/// <param name="Member">The member it happened to: its profile at that time.</param>
/// <param name="Testimonies">The testimonies against the member, the first accuser's first; empty without an accusation.</param>
internal sealed record NodeEvent(
    DateTime Moment, ClusterEventKind Kind, MemberProfile Member, IReadOnlyList<NamedTestimony> Testimonies)
{
    /// <summary>Bytes of the event itself and of the member's profile, which only the event keeps once the member is forgotten.</summary>
    private const int BaseCost = 176;

    /// <summary>Bytes of one testimony, and of the place in its list.</summary>
    private const int TestimonyCost = 88;

    /// <summary>The number of the event among all that this node has seen, from 1 on, without a gap.</summary>
    public long Sequence { get; init; }

    /// <summary>Up to which version the records of the member were known then.</summary>
    public ulong RecordsVersion { get; init; }

    /// <summary>Of changed services: what their owner wrote, in words; empty of all else.</summary>
    public string What { get; init; } = "";

    /// <summary>What became of them for this node, which is no word of their owner, and is told to nobody else; mostly empty.</summary>
    public string Aside { get; init; } = "";

    /// <summary>Both.</summary>
    public string News => What + Aside;

    /// <summary>When, by this node's wall clock.</summary>
    public DateTimeOffset At => new(Moment);

    /// <summary>The member's incarnation: that of a refutation is the one that it took to refute.</summary>
    public Incarnation Incarnation => Member.Incarnation;

    public MemberId Id => Member.Id;

    public string Name => Member.Name;

    public PeerAddress Address => Member.Address;

    /// <summary>
    /// The bytes of memory that keeping the event takes, about. Names are counted though they are shared for as long as their member is
    /// known.
    /// </summary>
    public int Cost =>
        BaseCost + (sizeof(char) * (Name.Length + What.Length))
        + Testimonies.Sum(one => TestimonyCost + (sizeof(char) * one.Accuser.Length));

    /// <summary>
    /// Whether it is one of those that come by the hundred where services are deployed: they may not push out the others.
    /// </summary>
    public bool IsOfServices => Kind == ClusterEventKind.ServicesChanged;

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
    /// <summary>The accuser, whatever it is called.</summary>
    public MemberId AccuserId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => EvidenceText.Of(this);
}
