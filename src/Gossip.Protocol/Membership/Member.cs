using System.Text;

namespace Gossip.Protocol;

/// <summary>What a member says of itself; it changes only with a new incarnation.</summary>
public class MemberProfile
{
    /// <summary>An IPv4 address takes a third of the room that any has; 0 for one of another kind.</summary>
    private readonly ulong _packedAddress;

    private MemberProfile(MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone)
    {
        Id = id;
        Incarnation = incarnation;
        _packedAddress = address.Packed;
        Name = name;
        Zone = zone;
    }

    /// <summary>Whose profile it is.</summary>
    public MemberId Id { get; }

    /// <summary>The incarnation that said so.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Where the member is reached.</summary>
    public PeerAddress Address => _packedAddress != 0 ? PeerAddress.Unpack(_packedAddress) : WideAddress;

    /// <summary>The name that people read.</summary>
    public string Name { get; }

    /// <summary>The zone that the member runs in; empty when it has none.</summary>
    public string Zone { get; }

    /// <summary>The highest version of the protocol that the member speaks.</summary>
    public byte ProtocolVersion => this is Foreign foreign ? foreign.Version : Node.ProtocolVersion;

    /// <summary>The message as its owner wrote it: forwarded as it is, so that elements of later versions survive.</summary>
    internal virtual byte[] Encoded => Write(stackalloc byte[Limits.ProfileBytes]).ToArray();

    private protected virtual PeerAddress WideAddress => default;

    internal static MemberProfile Of(MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone) => address.Packed != 0
        ? new MemberProfile(id, incarnation, address, name, zone)
        : new Wide(id, incarnation, address, name, zone);

    /// <summary>A profile that came as a message. The bytes are kept only where this version would write others: there are thousands.</summary>
    internal static MemberProfile Of(in Alive heard, Texts texts)
    {
        var profile = Of(heard.Id, heard.Incarnation, heard.Address, Encoding.UTF8.GetString(heard.Name), texts.Of(heard.Zone));
        return profile.Write(stackalloc byte[Limits.ProfileBytes]).SequenceEqual(heard.Encoded)
            ? profile
            : new Foreign(profile, heard.ProtocolVersion, heard.Encoded.ToArray());
    }

    private Span<byte> Write(Span<byte> buffer)
    {
        var writer = new PacketWriter(buffer);
        writer.TryAlive(Id, Incarnation, Address, Name, Zone, Node.ProtocolVersion);
        return buffer[..writer.Length];
    }

    /// <summary>The profile of a member with an address of another kind than IPv4.</summary>
    private sealed class Wide(MemberId id, Incarnation incarnation, PeerAddress address, string name, string zone)
        : MemberProfile(id, incarnation, address, name, zone)
    {
        private protected override PeerAddress WideAddress { get; } = address;
    }

    /// <summary>What another version of the software wrote.</summary>
    private sealed class Foreign(MemberProfile said, byte version, byte[] encoded)
        : MemberProfile(said.Id, said.Incarnation, said.Address, said.Name, said.Zone)
    {
        public byte Version => version;

        internal override byte[] Encoded => encoded;

        private protected override PeerAddress WideAddress { get; } = said.WideAddress;
    }
}

/// <summary>
/// A peer with a claim: one row of the member table. Mutable, owned by the node; copy what you keep. There are thousands: what is small lies
/// side by side, and what most have none of costs no more than a reference.
/// </summary>
public sealed class Member
{
    private MemberState _state;

    /// <summary>One more than the ticks of the round trip, up to seven minutes; 0 before the first.</summary>
    private uint _roundTrip;

    /// <summary>One more than the row, 0 for none.</summary>
    private ushort _row;

    private Seldom? _seldom;

    /// <summary>The <see cref="OwnerRecords"/> or, with most owners, the <see cref="StoredRecord"/> that stands for them; null for none.</summary>
    private object? _records;

    internal Member(MemberProfile profile, Claim claim, Instant now)
    {
        Profile = profile;
        Take(claim, profile);
        Since = now;
        LastHeard = Instant.Never;
    }

    /// <summary>Who it is.</summary>
    public MemberId Id => Profile.Id;

    /// <summary>What the member says of itself.</summary>
    public MemberProfile Profile { get; private set; }

    /// <summary>The name that people read.</summary>
    public string Name => Profile.Name;

    /// <summary>Where the member is reached.</summary>
    public PeerAddress Address => Profile.Address;

    /// <summary>The winning claim. It is one of the incarnation that the profile is of: nothing is believed of one that has not told its own.</summary>
    public Claim Claim => new(Profile.Incarnation, _state);

    /// <summary>The state of the winning claim.</summary>
    public MemberState State => _state;

    /// <summary>Whether the member takes part: alive or suspect.</summary>
    public bool IsLive => _state <= MemberState.Suspect;

    /// <summary>Since when the member is in its state.</summary>
    public Instant Since { get; internal set; }

    /// <summary>When a packet of the member itself last arrived here; <see cref="Instant.Never"/> for none.</summary>
    public Instant LastHeard { get; internal set; }

    /// <summary>How long the member's answers take, smoothed; null before the first.</summary>
    public TimeSpan? RoundTrip
    {
        get => _roundTrip == 0 ? null : new TimeSpan(_roundTrip - 1);
        internal set => _roundTrip = value is { } time ? (uint)Math.Clamp(time.Ticks + 1, 1, uint.MaxValue) : 0;
    }

    /// <summary>
    /// Whether the member refutes what is said of it, but answers nothing that this node asks by any path. A mark of this node's own, which the
    /// others neither hear of nor share.
    /// </summary>
    public bool IsOutOfReach => _seldom?.Doubt is { IsOutOfReach: true };

    /// <summary>Who said what against the member, the first accuser first; empty for one that is alive or left.</summary>
    public IReadOnlyList<Testimony> Testimonies => _seldom?.Testimonies is { } testimonies ? testimonies : [];

    /// <summary>The gravest of the testimonies, the first of these: on what grounds the member is suspect or dead.</summary>
    public Testimony Gravest
    {
        get
        {
            var gravest = default(Testimony);
            if (_seldom?.Testimonies is not { } testimonies)
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
    /// The records that the member owns, those that are not readable included, by ascending versions. The list is the node's own: read it
    /// before the node is called again.
    /// </summary>
    public IReadOnlyList<StoredRecord> StoredRecords => _records switch
    {
        StoredRecord lone => [lone],
        OwnerRecords records => records.All,
        _ => [],
    };

    /// <summary>How many of the last probes in a row were answered, and none of them straight and by datagram; no more than are told of.</summary>
    internal byte Detours
    {
        get => _seldom?.Detours ?? 0;
        set
        {
            if (value != Detours)
                (_seldom ??= new Seldom()).Detours = value;
        }
    }

    /// <summary>What is known of refused streams to the member.</summary>
    internal Refusal Refusal
    {
        get => _seldom?.Refusal ?? Refusal.None;
        set
        {
            if (value != Refusal)
                (_seldom ??= new Seldom()).Refusal = value;
        }
    }

    /// <summary>The records that the member owns, to read them or to change them; what was changed is kept by the table alone.</summary>
    internal OwnerRecords Records => _records switch
    {
        StoredRecord lone => new OwnerRecords(lone),
        OwnerRecords records => records,
        _ => new OwnerRecords(),
    };

    /// <summary>Whether any of the records is no tombstone.</summary>
    internal bool HasServices => _records switch
    {
        StoredRecord lone => !lone.IsTombstone,
        OwnerRecords records => records.Count > 0,
        _ => false,
    };

    /// <summary>The <see cref="OwnerRecords.Floor"/> of the records.</summary>
    internal ulong RecordsFloor => _records is OwnerRecords records ? records.Floor : 0;

    /// <summary>What makes this node doubt that it reaches the member; null for nothing.</summary>
    internal Doubt? Doubt
    {
        get => _seldom?.Doubt;
        set
        {
            if (value != Doubt)
                (_seldom ??= new Seldom()).Doubt = value;
        }
    }

    /// <summary>What was last asked of the member's records by stream; null for nothing.</summary>
    internal Fetch? Fetch
    {
        get => _seldom?.Fetch;
        set => (_seldom ??= new Seldom()).Fetch = value;
    }

    /// <summary>The place among the rows of the table, which keeps it; −1 for none.</summary>
    internal int Row
    {
        get => _row - 1;
        set => _row = checked((ushort)(value + 1));
    }

    /// <summary>Whether the member stands in the table's <see cref="ChangeList"/>.</summary>
    internal bool IsListed { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Address} {Claim}";

    /// <summary>The record that a write of the member made, if it is still here.</summary>
    internal StoredRecord? FindRecord(ulong version) => _records switch
    {
        StoredRecord lone => lone.Version == version ? lone : null,
        OwnerRecords records => records.FindVersion(version),
        _ => null,
    };

    /// <summary>Keeps the records, and the version up to which they are known.</summary>
    internal void Keep(OwnerRecords records) => (_records, RecordsVersion) = (records.Lone ?? (object)records, records.Version);

    /// <summary>Takes over a claim, and the profile of its incarnation.</summary>
    internal void Take(Claim claim, MemberProfile profile)
    {
        Match(claim, profile);
        (Profile, _state) = (profile, claim.State);
    }

    /// <summary>Sees to it that a claim is one of the incarnation that the profile is of.</summary>
    internal static void Match(Claim claim, MemberProfile profile)
    {
        if (claim.Incarnation != profile.Incarnation)
            throw new InvalidOperationException($"{claim} is no claim of the incarnation {profile.Incarnation} of {profile.Name}.");
    }

    /// <summary>Takes in a word against the member.</summary>
    internal void Testify(in Testimony testimony) => ((_seldom ??= new Seldom()).Testimonies ??= []).Add(testimony);

    /// <summary>Nothing is said against the member any more. What was handed out before stays as it was.</summary>
    internal void Acquit() => _seldom?.Testimonies = null;

    /// <summary>What most members have none of.</summary>
    private sealed class Seldom
    {
        public List<Testimony>? Testimonies { get; set; }

        public Fetch? Fetch { get; set; }

        public Doubt? Doubt { get; set; }

        public byte Detours { get; set; }

        public Refusal Refusal { get; set; }
    }
}
