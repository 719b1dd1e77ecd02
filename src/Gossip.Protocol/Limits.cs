using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Gossip.Protocol;

/// <summary>Every bound of the protocol in one place, each with its reason.</summary>
internal static class Limits
{
    /// <summary>
    /// Bytes of a datagram: below the 1,280 that IPv6 guarantees, less headers and a tunnel's share, so that none fragments.
    /// </summary>
    public const int DatagramSize = 1200;

    /// <summary>Bytes of a frame on a stream: a join in a cluster of thousands takes several; one must not hold memory hostage.</summary>
    public const int StreamFrameSize = 256 * 1024;

    /// <summary>Members, the dead included: beyond this a flat table is the wrong design.</summary>
    public const int Members = 20_000;

    /// <summary>What <see cref="NodeOptions.MaxMembers"/> may be raised to: a number beyond it is mistyped.</summary>
    public const int MostMembers = ushort.MaxValue;

    /// <summary>Bytes of a member's, service's or cluster's name: room for a DNS name's longest label twice over.</summary>
    public const int NameBytes = 128;

    /// <summary>Bytes of a zone's name.</summary>
    public const int ZoneBytes = 64;

    /// <summary>
    /// Bytes of a member's profile, later versions' elements included: it must fit into the smallest datagram, or it jams the queue.
    /// </summary>
    public const int ProfileBytes = 400;

    /// <summary>Keys of one node: a change takes two, and one that was begun before its forerunner ended three.</summary>
    public const int Keys = 8;

    /// <summary>
    /// Records that one owner may hold: an agent speaks for a whole host, with five thousand services and those that replace them, but not
    /// for a data centre.
    /// </summary>
    public const int RecordsPerOwner = 8192;

    /// <summary>
    /// Tombstones kept of an owner, however few records it has: when more are needed, its state is sent whole instead of the difference.
    /// </summary>
    public const int FewestTombstones = 64;

    /// <summary>The most tombstones of an owner: <see cref="TombstonesFor"/> of as many records as it may hold.</summary>
    public const int TombstonesPerOwner = RecordsPerOwner / 8;

    /// <summary>
    /// Tombstones kept of an owner with so many records: to tell its state whole costs the more, the more there are.
    /// </summary>
    public static int TombstonesFor(int records) => Math.Max(FewestTombstones, records / 8);

    /// <summary>The shortest lease: an agent that is restarted is back in seconds.</summary>
    public static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);

    /// <summary>The longest lease: what nobody looks after for an hour is not there.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromHours(1);

    /// <summary>Bytes of one encoded service record, metadata included.</summary>
    public const int RecordBytes = 24 * 1024;

    /// <summary>
    /// Bytes of all encoded records of one owner: what an agent for a whole host needs, and no more than a join can carry.
    /// </summary>
    public const int RecordBytesPerOwner = 4 * 1024 * 1024;

    /// <summary>
    /// Bytes that one packet may draw from a proven peer: twice the records of one owner, so that each comparison brings two nodes nearer.
    /// </summary>
    public const int AnswerBytes = 2 * RecordBytesPerOwner;

    /// <summary>Endpoints of one service record.</summary>
    public const int Endpoints = 32;

    /// <summary>Bytes of an endpoint's host: the longest DNS name.</summary>
    public const int HostBytes = 255;

    /// <summary>Services that one record depends on, and roles that it serves: a list that a person wrote.</summary>
    public const int NamesPerRecord = 64;

    /// <summary>Bytes of the reason for an instance's state: a sentence or two.</summary>
    public const int ReasonBytes = 512;

    /// <summary>Tags of one service record.</summary>
    public const int Tags = 64;

    /// <summary>Metadata entries of one service record.</summary>
    public const int MetadataEntries = 256;

    /// <summary>Bytes of one metadata value or of all metadata together.</summary>
    public const int MetadataBytes = 16 * 1024;

    /// <summary>Relayed probes that a node carries for others at a time: more means that the others are the ones in trouble.</summary>
    public const int RelaysInFlight = 256;

    /// <summary>Rumours waiting per class: a burst of joins fits; beyond that the digest repairs what is dropped.</summary>
    public const int RumorsPerClass = 4096;

    /// <summary>Packets that one gossip burst may fill: a storm is spread over bursts instead of flooding a receiver's socket.</summary>
    public const int PacketsPerBurst = 8;

    /// <summary>Seed addresses remembered together with who answered there.</summary>
    public const int SeedAliases = 64;

    /// <summary>Members with this node's own name that are remembered as reported: more of them would say nothing new.</summary>
    public const int NameConflicts = 16;

    /// <summary>Addresses that were asked of late who is there: so many may be claimed at a time and still be looked after.</summary>
    public const int AddressQuestions = 64;

    /// <summary>
    /// By how much hearsay may raise an incarnation, a version or the number of a load: more than a member raises them in any time in which
    /// it is not heard, and so little that its own next one is above. A greater one its owner must say itself.
    /// </summary>
    public const ulong Step = 1UL << 20;

    /// <summary>
    /// By how many microseconds the incarnation of a member that is new here may be ahead of this node's time, and be believed on hearsay:
    /// clocks go wrong by time zones.
    /// </summary>
    public const ulong IncarnationAhead = 24UL * 60 * 60 * 1_000_000;

    /// <summary>Entries of one digest level before it is split into sixteen.</summary>
    public const int DigestEntries = 16;

    /// <summary>Above any start time in microseconds, below overflow: a claim beyond it is forged or corrupt.</summary>
    public const ulong Incarnation = 1UL << 60;

    /// <summary>Above any number of writes, below overflow: a record version beyond it is forged or corrupt.</summary>
    public const ulong Version = 1UL << 60;

    /// <summary>Loads that one packet carries: at most 805 bytes of them, so that they stay the lesser part of what a node sends.</summary>
    public const int LoadsPerPacket = 32;

    /// <summary>Loads of one message that are read, however many a later version may put into one; the rest is skipped.</summary>
    public const int LoadsPerMessage = 256;

    /// <summary>Above any number of loads, below overflow: a number beyond it is forged or corrupt.</summary>
    public const ulong LoadSequence = 1UL << 60;

    /// <summary>Above any number of loads that one process tells, and further below the greatest than years of steps lead.</summary>
    public const ulong FirstLoadSequence = 1UL << 40;

    /// <summary>By how much a load that is not fresh may raise the number: as many as a member tells in eight minutes.</summary>
    public const ulong StaleLoadStep = 1_000;

    /// <summary>Bytes of an answer to an inspection: it fits into one frame on a stream, with room to spare.</summary>
    public const int InspectionBytes = 192 * 1024;

    /// <summary>Bytes of such an answer's message in front of its content, at the most.</summary>
    public const int InspectedHead = 32;

    /// <summary>Questions that a node answers at a time, one of each member.</summary>
    public const int InspectionsUnderWay = 8;

    /// <summary>Questions that a node asks at a time: its host asks some members at once, and the answers wait for its turn.</summary>
    public const int InspectionsAsked = 64;

    /// <summary>Nesting that a skipped MessagePack value may have.</summary>
    public const int Nesting = 32;

    /// <summary>What <see cref="IsName(string, int)"/> asks of the letters of a text, for messages.</summary>
    internal const string Letters = "UTF-8 without control, format or line separator characters";

    /// <summary>1 to so many bytes of <see cref="Letters"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool IsName(ReadOnlySpan<byte> utf8, int maxBytes)
    {
        if (utf8.IsEmpty || utf8.Length > maxBytes)
            return false;
        for (var rest = utf8; rest.ContainsAnyExceptInRange((byte)' ', (byte)'~');)
        {
            Rune.DecodeFromUtf8(rest, out var letter, out var length);
            if (!IsLetter(letter))
                return false;
            rest = rest[length..];
        }

        return true;
    }

    internal static bool IsName(string text, int maxBytes)
    {
        if (text.Length == 0 || text.Length > maxBytes || Encoding.UTF8.GetByteCount(text) > maxBytes)
            return false;
        foreach (var letter in text.EnumerateRunes())
        {
            if (!IsLetter(letter))
                return false;
        }

        return true;
    }

    /// <summary>
    /// Whether a text that others read may have this in it: neither a control character, nor one of format (Unicode's Cf, as U+202E, which
    /// turns round what follows it in a log), nor a separator of lines or paragraphs (U+2028, U+2029). The joiners U+200C and U+200D are of
    /// format too, and refused with them, though Persian and some emoji are written with them: without a font that shows them, two names
    /// that differ in one of them look alike (Unicode TR 31 leaves them out of identifiers for that). Letters for private use, and those
    /// that this version of Unicode does not know, stay: they change nothing around them, and nodes on different versions of .NET must
    /// agree.
    /// </summary>
    internal static bool IsLetter(Rune letter) => letter != Rune.ReplacementChar && Rune.GetUnicodeCategory(letter) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>A text for a message: what is no <see cref="IsLetter">letter</see> is shown by its number, and does nothing
    /// there.</summary>
    internal static string Show(string? text)
    {
        var shown = new StringBuilder();
        foreach (var letter in (text ?? "").EnumerateRunes())
        {
            if (IsLetter(letter))
                shown.Append(letter);
            else
                shown.Append(CultureInfo.InvariantCulture, $"\\u{letter.Value:X4}");
        }

        return shown.ToString();
    }
}
