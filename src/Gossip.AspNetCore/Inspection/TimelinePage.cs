using Gossip.AspNetCore.Resources;
using Gossip.Diagnostics;
using Gossip.Inspection;

namespace Gossip.AspNetCore.Inspection;

/// <summary>What happened in the cluster, as those who answered saw it together, the oldest first.</summary>
internal sealed record TimelinePage(
    int Schema,
    DateTimeOffset Now,
    int Asked,
    IReadOnlyList<string> Answered,
    IReadOnlyList<string> Missing,
    IReadOnlyList<RememberedPart> Remembered,
    IReadOnlyList<StoryPart> Events)
{
    /// <summary>Events of one page, the newest.</summary>
    private const int Most = 1_000;

    /// <param name="answers">What the members answered.</param>
    /// <param name="now">The time by this node's clock.</param>
    /// <param name="since">From when on, by the clocks of those who saw it.</param>
    /// <param name="member">Of which member; null for all.</param>
    /// <returns>Null where nobody tells of such a member, at any time.</returns>
    public static TimelinePage? Of(ClusterAnswers answers, DateTimeOffset now, DateTimeOffset since, string? member)
    {
        var read = answers.Answers.Select(one => (one.Id, one.Name, Ring: EventsContent.Read(one.Content)))
            .ToLookup(one => one.Ring is not null);
        var story = Story.Tell(read[true].Select(one => new NodeRing(one.Id, one.Name, one.Ring!.Events)));
        var told = string.IsNullOrEmpty(member) ? story : [.. story.Where(one => one.IsOf(member))];
        return told.Count == 0 && !string.IsNullOrEmpty(member) ? null : new(
            PageJson.Schema,
            now,
            answers.Asked,
            [.. read[true].Select(one => one.Name)],
            [.. answers.Missing.Concat(read[false].Select(one => one.Name)).Order(StringComparer.Ordinal)],
            [.. read[true].Where(one => one.Ring!.IsGap).Select(one => RememberedPart.Of(one.Name, one.Ring!.Events))],
            [
                .. told.Where(one => one.SeenBy.Any(seen => seen.At >= since)).TakeLast(Most).Select(StoryPart.Of),
            ]);
    }
}

/// <summary>A node that does not keep all it has seen: from when on it remembers, by its clock; null for nothing.</summary>
internal sealed record RememberedPart(string Node, DateTimeOffset? Since)
{
    public static RememberedPart Of(string node, IReadOnlyList<NodeEvent> events) => new(node, events.Count > 0 ? events[0].At : null);
}

internal sealed record StoryPart(
    string Sentence,
    string What,
    string Member,
    ulong Incarnation,
    IReadOnlyList<ObservationPart> SeenBy,
    string? Evidence,
    IReadOnlyList<TestimonyPart>? Because)
{
    public static StoryPart Of(StoryEntry entry) => new(
        StoryText.Of(entry),
        EnumText.Of(entry.Kind),
        entry.Name,
        entry.Incarnation.Value,
        [.. entry.SeenBy.Select(one => new ObservationPart(one.Name, one.At))],
        EnumText.Of(entry.Gravest),
        entry.Testimonies.Count == 0 ? null : [.. entry.Testimonies.Select(TestimonyPart.Of)]);
}

/// <summary>Who saw it, and when by that one's clock.</summary>
internal sealed record ObservationPart(string Node, DateTimeOffset At);
