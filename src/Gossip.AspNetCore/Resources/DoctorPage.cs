using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Gossip.Hosting;

namespace Gossip.AspNetCore.Resources;

/// <summary>What the doctor found, and what it looked at.</summary>
internal sealed record DoctorPage(
    int Schema,
    DateTimeOffset Now,
    bool Well,
    IReadOnlyList<FindingPart> Findings,
    string RuntimeEnvironment,
    AddressPart Address,
    IReadOnlyList<SourcePart> Sources,
    IReadOnlyList<InterfacePart>? MdnsInterfaces,
    IReadOnlyList<UnreadablePacketPart> UnreadablePackets,
    IReadOnlyList<string> NoUdpWith)
{
    public static DoctorPage Of(Examination examination)
    {
        var (diagnosis, report) = (examination.Diagnose(), examination.Report);
        return new(
            PageJson.Schema,
            report.Now,
            diagnosis.IsWell,
            [.. diagnosis.Findings.Select(
                finding => new FindingPart(EnumText.Of(finding.Severity), finding.Code, finding.What, finding.Remedy))],
            EnumText.Of(examination.RuntimeEnvironment),
            AddressPart.Of(report),
            [.. examination.Sources.Select(SourcePart.Of)],
            examination.Interfaces?.Select(one => new InterfacePart(one.Interface, one.IsUsed, one.HearsItself, one.Reason)).ToArray(),
            [.. report.UnreadablePackets.Select(stranger => new UnreadablePacketPart(
                stranger.Where, EnumText.Of(stranger.Reason), stranger.Packets, stranger.LastAt))],
            [.. report.IndirectlyReached.Select(member => $"{member.Name} {member.Address}")]);
    }
}

internal sealed record FindingPart(string Severity, string Code, string What, string? Remedy);

internal sealed record AddressPart(string Advertised, string Because, string ListensAt, IReadOnlyList<SeenPart> SeenAs)
{
    public static AddressPart Of(NodeReport report) => new(
        report.Identity.Advertised.ToString(),
        report.Identity.AdvertisedBecause,
        report.Identity.Local.ToString(),
        [.. report.ObservedAddresses.Select(one => new SeenPart(one.Address.ToString(), one.Peers))]);
}

internal sealed record SeenPart(string Address, int Peers);

internal sealed record SourcePart(
    string Name, DateTimeOffset? AskedAt, DateTimeOffset? FoundAt, IReadOnlyList<string> Found, int Unusable, string? Problem)
{
    public static SourcePart Of(SourceReport source) =>
        new(source.Name, source.AskedAt, source.FoundAt,
            [.. source.Found.Select(address => address.ToString())], source.Unusable, source.Problem);
}

internal sealed record InterfacePart(string Name, bool Used, bool HearsItself, string Because);

internal sealed record UnreadablePacketPart(string Address, string Reason, long Packets, DateTimeOffset LastAt);
