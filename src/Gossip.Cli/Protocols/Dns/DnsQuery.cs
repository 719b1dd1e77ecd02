using Gossip.Dns.Messages;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>What an answer says of the question (RFC 1035 §4.1.1).</summary>
internal enum DnsCode
{
    /// <summary>Here it is; or there is nothing of this type.</summary>
    NoError = 0,

    /// <summary>The question cannot be read.</summary>
    FormatError = 1,

    /// <summary>There is no such name.</summary>
    NameError = 3,

    /// <summary>That is not done here.</summary>
    NotImplemented = 4,

    /// <summary>Others answer that.</summary>
    Refused = 5,

    /// <summary>A later version of EDNS is spoken (RFC 6891 §6.1.3).</summary>
    BadVersion = 16,
}

/// <summary>One packet of an asker.</summary>
/// <param name="Id">By which it knows the answer.</param>
/// <param name="WantsRecursion">Whether others may be asked, as it wishes.</param>
/// <param name="Question">What it asks; null where that cannot be read.</param>
/// <param name="Room">Bytes that it takes by UDP, as it says by EDNS; null where it says nothing.</param>
/// <param name="Problem">Why it gets no answer; <see cref="DnsCode.NoError"/> where it may get one.</param>
internal sealed record DnsQuery(ushort Id, bool WantsRecursion, DnsQuestion? Question, int? Room, DnsCode Problem)
{
    private const int OptionType = 41;

    /// <summary>Reads a packet.</summary>
    /// <returns>Null for what is no question at all: it gets no answer, or two servers might answer each other for ever.</returns>
    public static DnsQuery? Read(ReadOnlySpan<byte> packet)
    {
        var reader = new DnsReader(packet);
        if (!reader.TryReadHeader(out var header) || (header.Flags & DnsFlags.Response) != 0)
            return null;
        var operation = ((int)header.Flags >> 11) & 0xF;
        var wantsRecursion = ((int)header.Flags & 0x0100) != 0;
        if (operation != 0)
            return new(header.Id, wantsRecursion, null, null, DnsCode.NotImplemented);
        if (header.Questions != 1 || header.Answers + header.Authorities > 0 || header.Additionals > 4
            || !reader.TryReadQuestion(out var question))
            return new(header.Id, wantsRecursion, null, null, DnsCode.FormatError);
        // Of other classes than IN there is nothing.
        var problem = question.Type == RecordType.None ? DnsCode.Refused : DnsCode.NoError;
        int? room = null;
        for (var i = 0; i < header.Additionals; i++)
        {
            if (!reader.TryReadRecord(out var record))
                return new(header.Id, wantsRecursion, question, null, DnsCode.FormatError);
            if ((int)record.Type != OptionType)
                continue;
            // There is one, at the root, with the room where others have their class, and the version where they have their time to live.
            if (room is not null || !record.Name.IsRoot)
                return new(header.Id, wantsRecursion, question, null, DnsCode.FormatError);
            room = reader.Class;
            if ((((uint)record.Ttl.TotalSeconds >> 16) & 0xFF) != 0)
                problem = DnsCode.BadVersion;
        }

        return new(header.Id, wantsRecursion, question, room, problem);
    }
}
