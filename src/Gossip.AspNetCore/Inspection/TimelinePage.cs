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
    IReadOnlyList<StoryPart> Events)
{
    /// <summary>Events of one page, the newest.</summary>
    private const int Most = 1_000;

    /// <param name="answers">What the members answered.</param>
    /// <param name="now">The time by this node's clock.</param>
    /// <param name="since">From when on, by the clocks of those who saw it.</param>
    /// <param name="member">Of which member; null for all.</param>
    public static TimelinePage Of(ClusterAnswers answers, DateTimeOffset now, DateTimeOffset since, string? member)
    {
        var read = answers.Answers.ToLookup(one => EventsContent.Read(one.Content) is not null);
        var story = Story.Tell(read[true].Select(one => new NodeRing(one.Id, one.Name, EventsContent.Read(one.Content)!.Events)));
        return new(
            PageJson.Schema,
            now,
            answers.Asked,
            [.. read[true].Select(one => one.Name)],
            [.. answers.Missing.Concat(read[false].Select(one => one.Name)).Order(StringComparer.Ordinal)],
            [
                .. story.Where(one => one.SeenBy.Any(seen => seen.At >= since) && (string.IsNullOrEmpty(member) || one.IsOf(member)))
                    .TakeLast(Most).Select(StoryPart.Of),
            ]);
    }
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
