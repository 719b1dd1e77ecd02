using Gossip.AspNetCore.Resources;
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
    /// <param name="isKnown">Whether this node knows that member.</param>
    /// <returns>Null where nobody tells of such a member, at any time, and this node does not know it either.</returns>
    public static TimelinePage? Of(ClusterAnswers answers, DateTimeOffset now, DateTimeOffset since, string? member, bool isKnown)
    {
        var read = answers.Answers.Select(one => (one.Id, one.Name, Ring: EventsContent.Read(one.Content)))
            .ToLookup(one => one.Ring is not null);
        var rings = Story.Fit(read[true].Select(one => new NodeRing(one.Id, one.Name, one.Ring!.Events, one.Ring.Gone)));
        var story = Story.Tell(rings);
        var told = string.IsNullOrEmpty(member) ? story : [.. story.Where(one => one.IsOf(member))];
        // Of a member that the rings have forgotten, or had no room for, nothing is told, and that is no mistake.
        return told.Count == 0 && !isKnown ? null : new(
            PageJson.Schema,
            now,
            answers.Asked,
            [.. read[true].Select(one => one.Name)],
            [.. answers.Missing.Concat(read[false].Select(one => one.Name)).Order(StringComparer.Ordinal)],
            [.. rings.Where(one => one.Gone > 0).Select(one => new RememberedPart(one.Name, one.Since))],
            [
                .. told.Where(one => one.SeenBy.Any(seen => seen.At >= since)).TakeLast(Most).Select(StoryPart.Of),
            ]);
    }
}

/// <summary>A node that does not keep all it has seen: from when on it remembers, by its clock; null for nothing.</summary>
internal sealed record RememberedPart(string Node, DateTimeOffset? Since);

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
