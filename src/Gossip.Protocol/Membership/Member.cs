using System.Text;

namespace Gossip.Protocol;

/// <summary>What a member says of itself; it changes only with a new incarnation.</summary>
internal sealed class MemberProfile
{
    /// <summary>
    /// What another version of the software wrote; null where this version would write the same, to save memory with thousands of members.
    /// </summary>
    private readonly byte[]? _foreign;

    private MemberProfile(
        MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone,
        byte protocolVersion = Node.ProtocolVersion, byte[]? foreign = null)
    {
        (Id, Incarnation, Address, Name, Zone) = (id, incarnation, address, name, zone);
        (ProtocolVersion, _foreign) = (protocolVersion, foreign);
    }

    /// <summary>The member that the profile describes.</summary>
    public MemberId Id { get; }

    /// <summary>The incarnation that said so.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Where the member is reached.</summary>
    public PeerAddress Address { get; }

    /// <summary>The name that people read.</summary>
    public string Name { get; }

    /// <summary>The zone that the member runs in; empty when it has none.</summary>
    public string Zone { get; }

    /// <summary>The highest version of the protocol that the member speaks.</summary>
    public byte ProtocolVersion { get; }

    /// <summary>The message as its owner wrote it: forwarded as it is, so that elements of later versions survive.</summary>
    internal byte[] Encoded => _foreign ?? Write(stackalloc byte[Limits.ProfileBytes]).ToArray();

    internal static MemberProfile Of(MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone) =>
        new(id, incarnation, address, name, zone);

    /// <summary>What a node says of itself.</summary>
    internal static MemberProfile Of(NodeOptions options, Incarnation incarnation, PeerAddress address) =>
        new(options.Id, incarnation, address, options.Name, options.Zone);

    /// <summary>A profile that came as a message.</summary>
    internal static MemberProfile Of(in Alive heard, StringPool texts)
    {
        var profile = Of(heard.Id, heard.Incarnation, heard.Address, Encoding.UTF8.GetString(heard.Name), texts.Of(heard.Zone));
        return profile.Write(stackalloc byte[Limits.ProfileBytes]).SequenceEqual(heard.Encoded)
            ? profile
            : new(heard.Id, heard.Incarnation, heard.Address, profile.Name, profile.Zone, heard.ProtocolVersion, heard.Encoded.ToArray());
    }

    private Span<byte> Write(Span<byte> buffer)
    {
        var writer = new PacketWriter(buffer);
        writer.TryAlive(Id, Incarnation, Address, Name, Zone, Node.ProtocolVersion);
        return buffer[..writer.Length];
    }
}

/// <summary>A peer with a claim: one row of the member table. Mutable and owned by the node: copy what you keep.</summary>
internal sealed class Member
{
    private List<Testimony>? _testimonies;
    private IReadOnlyList<StoredRecord>? _orphaned;

    internal Member(MemberProfile profile, Claim claim, Instant now)
    {
        Profile = profile;
        Take(claim, profile);
        Since = now;
        LastHeard = Instant.Never;
    }

    /// <summary>The identity of the member.</summary>
    public MemberId Id => Profile.Id;

    /// <summary>What the member says of itself.</summary>
    public MemberProfile Profile { get; private set; }

    /// <summary>The name that people read.</summary>
    public string Name => Profile.Name;

    /// <summary>Where the member is reached.</summary>
    public PeerAddress Address => Profile.Address;

    /// <summary>
    /// The winning claim. Its incarnation is that of the profile: no claim is believed of an incarnation whose profile is not known.
    /// </summary>
    public Claim Claim => new(Profile.Incarnation, State);

    /// <summary>The state of the winning claim.</summary>
    public MemberState State { get; private set; }

    /// <summary>Whether the member takes part: alive or suspect.</summary>
    public bool IsLive => State <= MemberState.Suspect;

    /// <summary>Since when the member is in its state.</summary>
    public Instant Since { get; internal set; }

    /// <summary>
    /// Whether the member has answered a question of this node from its address: a peer that answers from there also receives there.
    /// </summary>
    public bool IsProven { get; internal set; }

    /// <summary>
    /// The key that sealed its last question to this node, where this node has several (<see cref="Keyring"/>); 0 for a member that has not
    /// asked yet. An answer is sealed by the key of its question, and tells nothing.
    /// </summary>
    public uint KeyId { get; internal set; }

    /// <summary>The key for what is sent to it, where it did not answer what the primary key sealed; 0 for the primary key.</summary>
    public uint NeededKeyId { get; internal set; }

    /// <summary>Until when that is believed: a datagram may have been lost.</summary>
    public Instant NeedsKeyUntil { get; internal set; }

    /// <summary>When the member last answered a question of this node; <see cref="Instant.Never"/> for never.</summary>
    public Instant LastHeard { get; internal set; }

    /// <summary>How long the member's answers take, smoothed; null before the first.</summary>
    public TimeSpan? RoundTrip { get; internal set; }

    /// <summary>
    /// Whether the member refutes what is said of it, but answers nothing that this node asks, on any path. A mark of this node alone,
    /// which is never sent.
    /// </summary>
    public bool IsOutOfReach => Doubt is { IsOutOfReach: true };

    /// <summary>The testimonies against the member, the first accuser's first; empty for a member that is alive or left.</summary>
    public IReadOnlyList<Testimony> Testimonies => _testimonies is { } testimonies ? testimonies : [];

    /// <summary>The gravest testimony, the first of equals: the grounds on which the member is suspect or dead.</summary>
    public Testimony Gravest
    {
        get
        {
            var gravest = default(Testimony);
            if (_testimonies is not { } testimonies)
                return gravest;
            foreach (var testimony in testimonies)
            {
                if (gravest.Accuser.IsNone || (testimony.IsStrong && !gravest.IsStrong))
                    gravest = testimony;
            }

            return gravest;
        }
    }

    /// <summary>Up to which version the records of the member are known here without a gap.</summary>
    public ulong RecordsVersion { get; private set; }

    /// <summary>
    /// The records that the member owns, including unreadable ones, by ascending versions. The list belongs to the node: read it before the
    /// node is called again.
    /// </summary>
    public IReadOnlyList<StoredRecord> StoredRecords => Records.IsUnheld ? [] : Records.All;

    /// <summary>
    /// Of a member that has gone: the records that still count, since an agent wrote them for instances that may live on
    /// (<see cref="Leases"/>). Empty for all others.
    /// </summary>
    public IReadOnlyList<StoredRecord> OrphanedRecords
    {
        get => _orphaned ?? [];
        internal set => _orphaned = value.Count == 0 ? null : value;
    }

    /// <summary>Up to which version the member has acknowledged that it holds the records of this node; 0 before it did.</summary>
    public ulong AcknowledgedVersion { get; internal set; }

    /// <summary>Whether there was no room for its records: they are known, and not held.</summary>
    public bool IsUnheld => Records.IsUnheld;

    /// <summary>
    /// The records that the member owns. Code that changes them tells the table, which keeps <see cref="RecordsVersion"/>.
    /// </summary>
    internal OwnerRecords Records { get; } = new();

    /// <summary>The bytes of its records that the table has counted.</summary>
    internal long CountedCost { get; set; }

    /// <summary>Up to which version the member itself has said that it has written; 0 where it was not asked.</summary>
    internal ulong SaidVersion { get; set; }

    /// <summary>
    /// How many of the last probes in a row were answered, but not directly by datagram; counted up to the number that is reported.
    /// </summary>
    internal int IndirectProbes { get; set; }

    /// <summary>What is known of refused streams to the member.</summary>
    internal Refusal Refusal { get; set; }

    /// <summary>What makes this node doubt that it reaches the member; null for nothing.</summary>
    internal Doubt? Doubt { get; set; }

    /// <summary>What was last asked of the member's records by stream; null for nothing.</summary>
    internal Fetch? Fetch { get; set; }

    /// <summary>The place among the live peers of the table, which keeps it; −1 for none.</summary>
    internal int PeerIndex { get; set; } = -1;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Address} {Claim}";

    /// <summary>Takes over the version up to which the records are known.</summary>
    internal void TakeVersion() => RecordsVersion = Records.Version;

    /// <summary>Takes over a claim, and the profile of its incarnation.</summary>
    internal void Take(Claim claim, MemberProfile profile)
    {
        Match(claim, profile);
        (Profile, State) = (profile, claim.State);
        if (IsLive)
            _orphaned = null;
    }

    /// <summary>Throws unless a claim has the incarnation of the profile.</summary>
    internal static void Match(Claim claim, MemberProfile profile)
    {
        if (claim.Incarnation != profile.Incarnation)
            throw new InvalidOperationException($"{claim} is no claim of the incarnation {profile.Incarnation} of {profile.Name}.");
    }

    /// <summary>Takes in a testimony against the member.</summary>
    internal void Testify(in Testimony testimony) => (_testimonies ??= []).Add(testimony);

    /// <summary>Drops all testimonies against the member. A list handed out before does not change.</summary>
    internal void ClearAccusations() => _testimonies = null;
}
