using Gossip.Dns.Messages;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>An answer, before it is known how much of it the asker takes.</summary>
/// <param name="Code">What is said of the question.</param>
/// <param name="Answers">The records that were asked for, the best first.</param>
internal sealed record DnsAnswer(DnsCode Code, IReadOnlyList<DnsRecord> Answers)
{
    /// <summary>Whose the domain is; with a negative answer the SOA, by which it is kept (RFC 2308).</summary>
    public IReadOnlyList<DnsRecord> Authorities { get; init; } = [];

    /// <summary>For each of the answers, what its asker would ask for next.</summary>
    public IReadOnlyList<IReadOnlyList<DnsRecord>> Further { get; init; } = [];

    /// <summary>What else is known, and is left out before anything else.</summary>
    public IReadOnlyList<DnsRecord> Extra { get; init; } = [];

    /// <summary>Whether some of the answers are as good as all: an asker that takes little gets few, and need not ask again.</summary>
    public bool IsChoice { get; init; }

    /// <summary>Whether this domain is answered for here.</summary>
    public bool IsAuthoritative { get; init; } = true;

    public static DnsAnswer Of(DnsCode code) => new(code, []) { IsAuthoritative = false };
}
