using System.Text;

namespace Gossip.Protocol;

/// <summary>
/// The messages. A packet is a frame head and a sequence of messages, each a MessagePack array whose first element is its type.
/// Unknown types, and elements behind those that a type has here, are skipped, so that versions can mix.
/// </summary>
/// <remarks>
/// <code>
///   prober ── Ping ──────────────────────────▶ target            direct probe; target 0 asks any member
///   prober ◀────────────────────────── Ack ── target
///   prober ── PingRequest ──▶ relay ── Ping ─▶ target            relayed probe
///   prober ◀── Ack ───────── relay ◀── Ack ── target
///   prober ◀── Nack ──────── relay            (silence)          the relay lives, the target is silent to it too
///   member ── Alive | Suspect | Dead | Left | Delta | Notice ──▶ member    rumours, on any packet
///   member ── Loads ──▶ member                                   how busy members are, in packets of their own
///   one ── Summary ─▶ other ── Summary | Digest ─▶ one           where they differ, level by level
///   one ── Digest ──▶ other ── Want + Alive… + Delta… ─▶ one     what each lacks
///   one ── Want ────▶ other ── Alive… + Delta… ─▶ one
///   one ── Inspect ─▶ other ── Inspected ─▶ one                  what the other's host keeps, by stream, when somebody looks
/// </code>
/// </remarks>
internal enum MessageType : byte
{
    Ping = 1,
    Ack = 2,
    PingRequest = 3,
    Nack = 4,
    Alive = 5,
    Suspect = 6,
    Dead = 7,
    Left = 8,
    Delta = 9,
    Summary = 10,
    Digest = 11,
    Want = 12,
    Notice = 13,
    Loads = 14,
    Inspect = 15,
    Inspected = 16,
}

/// <summary><see cref="Token"/> is what the answer repeats: <see cref="AddressTokens"/>.</summary>
internal readonly record struct Ping(uint Sequence, uint Token, MemberId Sender, uint TargetTag, uint Digest)
{
    /// <summary>A question of a node to any member at an address, or to one member if a tag is given.</summary>
    public static Ping To(Kernel kernel, Instant now, uint sequence, PeerAddress address, uint tag = 0) =>
        new(sequence, kernel.Sender.Tokens.Of(address, sequence, now), kernel.Self.Id, tag, kernel.Table.Digest);
}

/// <summary>
/// <see cref="Held"/> is the version up to which the responder holds the records of the ping's sender, 0 for none. <see cref="SeenAs"/> is
/// where the ping came from, when the responder knows its sender by another address; else it is default.
/// </summary>
internal readonly record struct Ack(
    uint Sequence, uint Token, uint ResponderTag, uint Digest, ulong Held = 0, PeerAddress SeenAs = default);

/// <summary><see cref="Token"/> is that of the origin for the target.</summary>
internal readonly record struct PingRequest(uint Sequence, uint Token, MemberId Sender, MemberId Target, PeerAddress TargetAddress);

/// <summary>
/// What a member says of itself, read in place, since it is mostly known already and not kept. <see cref="Encoded"/> is the message as its
/// owner wrote it. Valid as long as the packet is.
/// </summary>
internal readonly ref struct Alive
{
    public required MemberId Id { get; init; }

    public required Incarnation Incarnation { get; init; }

    public required PeerAddress Address { get; init; }

    public required ReadOnlySpan<byte> Name { get; init; }

    public required ReadOnlySpan<byte> Zone { get; init; }

    public required byte ProtocolVersion { get; init; }

    public required ReadOnlySpan<byte> Encoded { get; init; }

    /// <summary>Makes the profile that is kept.</summary>
    public MemberProfile ToProfile(StringPool texts) => MemberProfile.Of(this, texts);
}

/// <summary>What is said against a member. <see cref="MemberState.Left"/> is only said by the member of itself.</summary>
internal readonly record struct Accusation(MemberId Member, Claim Claim, Testimony Testimony)
{
    /// <summary>The claim against a member here, with the gravest testimony.</summary>
    public static Accusation Of(Member member) => new(member.Id, member.Claim, member.Gravest);

    public byte[] ToMessage()
    {
        Span<byte> buffer = stackalloc byte[64];
        var writer = new PacketWriter(buffer);
        writer.TryAccusation(this);
        return buffer[..writer.Length].ToArray();
    }
}

/// <summary>
/// One record of a delta, as its owner wrote it; the payload is null for a tombstone. A payload that only a later version understands is
/// kept and passed on, so that tables agree, and has no head here.
/// </summary>
internal readonly record struct DeltaEntry(string Key, ulong Version, byte[]? Payload, RecordHead Head);

/// <summary>A delta of one record, as it lies in a packet: most rumours are one, and most of them are known.</summary>
internal readonly ref struct LoneDelta
{
    public MemberId Owner { get; init; }

    public ulong From { get; init; }

    public ulong Floor { get; init; }

    public ulong Version { get; init; }

    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>The bytes that its owner wrote; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Record { get; init; }

    /// <summary>Whether a record is the same, after the same one before it.</summary>
    public bool Tells(StoredRecord stored)
    {
        Span<byte> key = stackalloc byte[Limits.NameBytes];
        return stored.Version == Version && stored.Since == From && Record.SequenceEqual(stored.Payload)
            && Encoding.UTF8.TryGetBytes(stored.Key, key, out var length) && Key.SequenceEqual(key[..length]);
    }
}

/// <summary>
/// One owner's records: those with a version above <see cref="From"/> and up to <see cref="To"/> are exactly these; tombstones up to
/// <see cref="Floor"/> were dropped. Whoever knows the records up to <see cref="From"/> and may have missed such a tombstone is told of
/// those which of them are there still, by their versions: <see cref="Kept"/>.
/// </summary>
internal readonly record struct Delta(
    MemberId Owner, ulong From, ulong To, ulong Floor, IReadOnlyList<DeltaEntry> Entries, IReadOnlyList<ulong>? Kept = null);

/// <summary>The hashes of the sixteen parts of a range of member ids: those that start with the first 4 × depth bits of prefix.</summary>
internal readonly record struct Summary(int Depth, ulong Prefix, uint[] Hashes);

/// <summary>What a node knows of a member, in short.</summary>
internal readonly record struct DigestEntry(MemberId Member, Claim Claim, ulong Version);

/// <summary>All that a node knows in a range of member ids, in short.</summary>
internal readonly record struct Digest(int Depth, ulong Prefix, IReadOnlyList<DigestEntry> Entries);

/// <summary>What a node asks for: the profile and claim of a member, and its records above a version.</summary>
internal readonly record struct WantEntry(MemberId Member, ulong Version);

/// <summary>
/// A question for what a member's host keeps. <see cref="Token"/> is what the answer repeats; <see cref="Topic"/> and <see cref="Since"/>
/// are the hosts' business.
/// </summary>
internal readonly record struct Inspect(uint Sequence, uint Token, MemberId Sender, uint TargetTag, byte Topic, ulong Since);

/// <summary>The answer to an <see cref="Inspect"/>. Valid as long as the packet is.</summary>
internal readonly ref struct Inspected
{
    public required uint Sequence { get; init; }

    public required uint Token { get; init; }

    public required InspectionOutcome Outcome { get; init; }

    /// <summary>What the other's host wrote; empty where it did not.</summary>
    public required ReadOnlySpan<byte> Content { get; init; }
}
