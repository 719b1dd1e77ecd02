using System.Text.Json.Serialization;
using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.AspNetCore.Resources;

/// <summary>Why a member is in its state: in one sentence, and what was said of it and came of that, the oldest first.</summary>
internal sealed record WhyPage(
    int Schema, DateTimeOffset Now, string Member, string? State, string Sentence, IReadOnlyList<EventPart> Events)
{
    /// <summary>Endpoints that the member names and that nobody is sent to; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? RefusedEndpoints { get; init; }

    /// <summary>Others of that name, as processes that ran before it; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<NamesakePart>? Others { get; init; }

    /// <param name="name">The member's name, id or address.</param>
    /// <param name="report">What the node knows.</param>
    /// <param name="happened">All that happened, the oldest first.</param>
    /// <returns>Null for a member of which nothing is known.</returns>
    public static WhyPage? Of(string name, NodeReport report, IReadOnlyList<NodeEvent> happened)
    {
        NodeEvent[] events = [.. happened.Where(one => one.IsOf(name) && IsTold(one))];
        // Of several of one name the live one is meant, or else the last that was.
        var known = report.Members.Where(one => one.Is(name)).OrderBy(one => one.State).ThenByDescending(one => one.Since).ToArray();
        var member = known.FirstOrDefault();
        if (member is null && events.Length == 0)
            return null;
        var figures = member is null ? default : report.Figures.GetValueOrDefault(member.Profile.Id);
        return new(
            PageJson.Schema,
            report.Now,
            name,
            member is null ? null : EnumText.Of(member.State),
            new MemberExplanation(member, figures, happened, report.Now).Tell(name),
            [.. events.Select(one => EventPart.Of(one, report.Identity.Id))])
        {
            RefusedEndpoints = Refused(member, report.Snapshot) is { Count: > 0 } refused ? refused : null,
            Others = Namesakes(member, report) is { Length: > 0 } others ? others : null,
        };
    }

    /// <summary>Whether an event says something of the member's state; that its services changed does not.</summary>
    private static bool IsTold(NodeEvent happened) => happened.IsVerdict
        || happened.Kind is ClusterEventKind.MemberJoined or ClusterEventKind.MemberUpdated
            or ClusterEventKind.DatagramsBlocked or ClusterEventKind.DatagramsPass;

    private static NamesakePart[] Namesakes(MemberSnapshot? member, NodeReport report) =>
    [
        .. from other in report.Members
           where member is not null && !ReferenceEquals(other, member)
               && string.Equals(other.Name, member.Name, StringComparison.OrdinalIgnoreCase)
           orderby other.State, other.Since descending
           select NamesakePart.Of(other),
    ];

    private static List<string> Refused(MemberSnapshot? owner, ServiceSnapshot snapshot) =>
    [
        .. snapshot.Services.SelectMany(snapshot.GetAllInstances)
            .Where(instance => owner is not null && instance.OwnerId == owner.Profile.Id)
            .SelectMany(instance => instance.RefusedEndpoints).Select(endpoint => endpoint.ToString()),
    ];
}

/// <summary>Another member of the same name.</summary>
internal sealed record NamesakePart(string Id, string Address, string State, DateTimeOffset Since)
{
    public static NamesakePart Of(MemberSnapshot member) =>
        new(member.Id, member.Profile.Address.ToString(), EnumText.Of(member.State), member.Since);
}

internal sealed record EventPart(
    DateTimeOffset At,
    string What,
    string Member,
    string Address,
    ulong Incarnation,
    IReadOnlyList<TestimonyPart>? Because,
    string Sentence,
    long Sequence)
{
    public static EventPart Of(NodeEvent happened, MemberId self) => new(
        happened.At,
        EnumText.Of(happened.Kind),
        happened.Name,
        happened.Address.ToString(),
        happened.Incarnation.Value,
        happened.Testimonies.Count == 0 ? null : [.. happened.Testimonies.Select(TestimonyPart.Of)],
        EventText.Of(happened, self),
        happened.Sequence);
}

internal sealed record TestimonyPart(string Accuser, string Evidence, int AccuserLocalHealth, double? AccuserRoundTripMs)
{
    public static TestimonyPart Of(NamedTestimony testimony) =>
        new(testimony.Accuser, EnumText.Of(testimony.Evidence)!, testimony.LocalHealth, testimony.RoundTrip?.TotalMilliseconds);
}
