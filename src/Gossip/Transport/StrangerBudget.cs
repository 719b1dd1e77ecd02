using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// How much that the node cannot open is read, from one source and in all: what comes beyond is dropped unread. To find out that a frame
/// does not open costs a cipher's check and an exception, and whoever reaches the port can ask for that. A frame is charged after it was
/// judged, so one that opens costs nothing, and a source is let in again as its debt runs off.
/// <para>
/// Each debt is a leaky bucket, held as the moment at which it will have run off (the generic cell rate algorithm, ITU-T I.371): one
/// number. Sources share buckets by a hash that each process draws for itself, so that no table grows and nobody chooses whose bucket
/// it fills. Of IPv6
/// the first 64 bits are a source: a host has all that begin with them.
/// </para>
/// <para>
/// Senders of datagrams can lie, and what they send may be a recording that opens. So a source that has answered this node's question
/// within the last hour, and a live member, has a bucket of its own at its exact address, and is read when all others have used up
/// theirs. That one has a bound too: whoever forges a member's address would have it read without end, and the member is still reached by
/// stream, where no address is forged.
/// </para>
/// Any thread may call it.
/// </summary>
/// <param name="rates">How fast debts run off.</param>
/// <param name="isMember">Whether a live member is known at an address; null where nobody can tell.</param>
internal sealed class StrangerBudget(StrangerRates rates, Func<PeerAddress, bool>? isMember = null)
{
    /// <summary>Buckets of strangers, and of those that are known: with so many two sources seldom share one.</summary>
    private const int Buckets = 256;

    /// <summary>
    /// Sources that have answered and are remembered: one that is forgotten is a stranger until it answers again. A large cluster has
    /// thousands of hosts; where live members are known anyhow, only others need it.
    /// </summary>
    private const int Remembered = 4096;

    private const int RememberedBesideMembers = 256;

    /// <summary>How long a source is known after its last answer: in a large cluster two members seldom speak.</summary>
    private const int KnownMinutes = 60;

    /// <summary>Bits of the minute of an answer. It comes round after 68 hours, when an old answer counts once more for an hour.</summary>
    private const int MinuteBits = 12;

    private const int MinuteMask = (1 << MinuteBits) - 1;

    /// <summary>Beside its bytes, what a frame costs by being there: an exception costs about as much as a kilobyte's check.</summary>
    private const int FrameCost = 1024;

    /// <summary>What any frame costs beside its bytes.</summary>
    private const int FrameRest = 32;

    /// <summary>Of a source the upper bits of its hash, and below them the minute at which it answered last.</summary>
    private readonly uint[] _answered = new uint[isMember is null ? Remembered : RememberedBesideMembers];

    // Most nodes are never sent what they cannot open, so both are made when somebody owes.

    private long[]? _strangers;
    private long[]? _known;
    private long _all;

    /// <summary>Whether a frame of that source is to be read.</summary>
    public bool Admits(PeerAddress source, TimeSpan now)
    {
        // Whether it is known costs most, and is asked only while somebody owes.
        var owesAsKnown = Owes(ref _known, HashOf(source), now);
        var owesAsStranger = Owes(ref _all, now) || Owes(ref _strangers, HashOf(source.Network), now);
        return owesAsKnown == owesAsStranger ? !owesAsKnown : owesAsKnown != IsKnown(source, now);
    }

    /// <summary>Whether that source has answered of late, or a member is there.</summary>
    public bool IsKnown(PeerAddress source, TimeSpan now)
    {
        var hash = HashOf(source);
        var answered = Volatile.Read(ref _answered[Slot(hash, _answered.Length)]);
        var isOfSource = answered != 0 && answered >> MinuteBits == hash >> MinuteBits;
        return (isOfSource && ((Minute(now) - answered) & MinuteMask) <= KnownMinutes) || isMember?.Invoke(source) == true;
    }

    /// <summary>That source has answered this node's question.</summary>
    public void Know(PeerAddress source, TimeSpan now)
    {
        var hash = HashOf(source);
        var answered = (hash & ~(uint)MinuteMask) | (Minute(now) & MinuteMask);
        ref var slot = ref _answered[Slot(hash, _answered.Length)];
        if (Volatile.Read(ref slot) != answered)
            Volatile.Write(ref slot, answered);
    }

    /// <summary>A frame of that source was not opened.</summary>
    /// <param name="source">The source.</param>
    /// <param name="bytes">Bytes of the frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="isDear">Whether it cost a cipher's check and an exception; else it was seen to be foreign at once.</param>
    public void Charge(PeerAddress source, long bytes, TimeSpan now, bool isDear = true)
    {
        bytes += isDear ? FrameCost : 0;
        if (IsKnown(source, now))
        {
            Add(ref Bucket(ref _known, HashOf(source)), bytes, rates.KnownSource, now);
            return;
        }

        Add(ref Bucket(ref _strangers, HashOf(source.Network)), bytes, rates.Source, now);
        Add(ref _all, bytes, rates.InAll, now);
    }

    private bool Owes(ref long[]? buckets, uint hash, TimeSpan now) =>
        Volatile.Read(ref buckets) is { } made && Owes(ref made[Slot(hash, Buckets)], now);

    private bool Owes(ref long emptyAt, TimeSpan now) => Volatile.Read(ref emptyAt) - now.Ticks > rates.Burst.Ticks;

    private static ref long Bucket(ref long[]? buckets, uint hash) =>
        ref LazyInitializer.EnsureInitialized(ref buckets, static () => new long[Buckets])[Slot(hash, Buckets)];

    private static void Add(ref long emptyAt, long bytes, long rate, TimeSpan now)
    {
        var cost = (long)((double)(bytes + FrameRest) / rate * TimeSpan.TicksPerSecond);
        while (true)
        {
            var before = Volatile.Read(ref emptyAt);
            if (Interlocked.CompareExchange(ref emptyAt, Math.Max(before, now.Ticks) + cost, before) == before)
                return;
        }
    }

    /// <summary>Nothing was answered at minute 0, so that no answer is the default.</summary>
    private static uint Minute(TimeSpan now) => (uint)now.TotalMinutes + 1;

    private static int Slot(uint hash, int slots) => (int)(hash % (uint)slots);

    /// <summary>Of the address' bytes rather than of the value, whose hash is no secret.</summary>
    private static uint HashOf(PeerAddress source)
    {
        Span<byte> bytes = stackalloc byte[16];
        var hash = new HashCode();
        hash.AddBytes(bytes[..source.WriteBytes(bytes)]);
        hash.Add(source.Port);
        return (uint)hash.ToHashCode();
    }
}

/// <summary>How many bytes a second are read that the node cannot open. Tests change them.</summary>
internal sealed record StrangerRates
{
    /// <summary>Of one source: a node of another cluster, or with another key, sends a hundredth of that.</summary>
    public long Source { get; init; } = 64 * 1024;

    /// <summary>Of all strangers: about a hundredth of a processor.</summary>
    public long InAll { get; init; } = 512 * 1024;

    /// <summary>Of one source that is known: a faulty network may spoil much of what a member says.</summary>
    public long KnownSource { get; init; } = 1024 * 1024;

    /// <summary>How far ahead a source may be: a member that comes back with an old key says a lot at once.</summary>
    public TimeSpan Burst { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>No budget at all: what an attack meets without it.</summary>
    public static StrangerRates Unbounded { get; } = new() { Burst = TimeSpan.FromDays(365_000) };
}
