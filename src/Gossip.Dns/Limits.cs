namespace Gossip.Dns;

/// <summary>Every bound of this project, each with its reason. Foreign bytes can never make it hold or do more than this.</summary>
internal static class Limits
{
    /// <summary>RFC 1035 §2.3.4: a name is at most 255 bytes on the wire, its length bytes and final zero counted.</summary>
    public const int NameBytes = 255;

    /// <summary>RFC 1035 §2.3.4: the two top bits of a length byte mark pointers, so a label has 63 bytes at most.</summary>
    public const int LabelBytes = 63;

    /// <summary>A name of 255 bytes has at most 127 labels, and an honest writer jumps at most once for each.</summary>
    public const int NameJumps = 128;

    /// <summary>RFC 6762 §17: a packet is never larger than this, its headers counted; the shell sizes its buffers by it.</summary>
    public const int ReadPacketBytes = 9000;

    /// <summary>What we write always fits a tunnelled 1280-byte IPv6 path without fragments, as every datagram of this library.</summary>
    public const int WritePacketBytes = 1200;

    /// <summary>A full 9000-byte packet of the smallest useful records holds fewer; more is an attempt to waste processor time.</summary>
    public const int RecordsPerMessage = 512;

    /// <summary>Names remembered for compression while one packet is written; a 1200-byte packet rarely names more suffixes.</summary>
    public const int CompressionSlots = 64;

    /// <summary>The text of one service must share a packet with its SRV, addresses and names.</summary>
    public const int TextBytes = 700;

    /// <summary>A host with more addresses than this gains nothing from naming them all, and they must fit one packet.</summary>
    public const int AddressesPerProfile = 8;

    /// <summary>
    /// What one process publishes on one link: the node, and its endpoints when asked. Each is probed and announced on its own.
    /// </summary>
    public const int Profiles = 16;

    /// <summary>Each subtype is one more record to announce; no browser needs so many views of one service.</summary>
    public const int SubtypesPerProfile = 8;

    /// <summary>About 800 instances of five records each: beyond that a link needs unicast discovery. Some 5 MB at worst.</summary>
    public const int CachedRecords = 4096;

    /// <summary>Instances of one service type on one link; with their records they fit <see cref="CachedRecords"/>.</summary>
    public const int InstancesPerType = 800;

    /// <summary>
    /// Records of one type under an instance or host name: two of each would be enough, but a host may have many addresses.
    /// </summary>
    public const int RecordsPerSet = 16;

    /// <summary>
    /// How often the parts of an instance are asked for that somebody points to and nobody describes: so a packet of invented names draws
    /// few questions, and makes room for real ones.
    /// </summary>
    public const int QuestionsPerInstance = 4;

    /// <summary>Bytes of a TXT record: more do not share a packet with the rest of an instance (RFC 6763 §6.2).</summary>
    public const int ForeignTextBytes = 1300;

    /// <summary>Service types browsed at once; the library needs one.</summary>
    public const int BrowsedTypes = 16;

    /// <summary>Packets of known answers that one query may take: 8 hold about 150 answers; the rest is merely answered again.</summary>
    public const int KnownAnswerPackets = 8;
}
