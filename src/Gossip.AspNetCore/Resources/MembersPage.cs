using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.AspNetCore.Resources;

/// <summary>All members, the dead and the gone included, as this node sees them.</summary>
internal sealed record MembersPage(int Schema, long Revision, DateTimeOffset Now, IReadOnlyList<MemberPart> Members)
{
    public static MembersPage Of(NodeReport report) => new(
        PageJson.Schema, report.Snapshot.Revision, report.Now, [.. report.Members.Select(member => MemberPart.Of(member, report))]);

    /// <summary>Who is reached by another path only, and who speaks which key.</summary>
    public static IEnumerable<string> Marks(NodeReport report) =>
        from member in report.Members
        let isIndirect = report.Figures.GetValueOrDefault(member.Profile.Id).IsIndirect
        where isIndirect || member.KeyFingerprint is not null
        select $"{member.Id} {isIndirect} {member.KeyFingerprint}";
}

internal sealed record MemberPart(
    string Id,
    string Name,
    string Address,
    string Zone,
    string State,
    bool Self,
    ulong Incarnation,
    DateTimeOffset Since,
    DateTimeOffset? LastHeard,
    string? Evidence,
    bool OutOfReach,
    bool RecordsHeld,
    string? KeyFingerprint,
    double? RoundTripMs,
    LoadPart? Load,
    bool Indirect)
{
    public static MemberPart Of(MemberSnapshot member, NodeReport report)
    {
        var figures = report.Figures.GetValueOrDefault(member.Profile.Id);
        return new(
            member.Id,
            member.Name,
            member.Profile.Address.ToString(),
            member.Profile.Zone,
            EnumText.Of(member.State),
            member.Profile.Id == report.Identity.Id,
            member.Profile.Incarnation.Value,
            member.Since,
            member.LastHeard,
            EnumText.Of(member.Evidence),
            member.IsOutOfReach,
            !member.IsUnheld,
            member.IsSelf ? report.Identity.KeyFingerprint : member.KeyFingerprint,
            PageJson.Short(figures.RoundTrip?.TotalMilliseconds),
            LoadPart.Of(figures.Load),
            figures.IsIndirect);
    }
}

/// <summary>How busy a member says it is.</summary>
internal sealed record LoadPart(int InFlight, int QueueDelayMs, int CpuPercent)
{
    public static LoadPart? Of(Load? load) =>
        load is { } told ? new(told.InFlight, told.QueueDelayMs, told.CpuPercent) : null;
}
