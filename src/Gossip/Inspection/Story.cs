using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>
/// Merges what several nodes saw into one order, in which no clock has a say. What is the same is told once, with all who saw it. Of one
/// member the rule of the protocol decides: an incarnation comes before the next and, within one, alive before suspect, dead, left and
/// forgotten; versions of records ascend; and what concerns only who tells of it stays in that one's order. Between members each node saw
/// one before the other: what most of those who saw it have next comes next, and where they disagree the fewest are contradicted. What is
/// left goes by ids. So the same rings tell the same story, in whatever order and however often they are given.
/// </summary>
internal sealed class Story
{
    /// <summary>Events that are merged: it bounds the work that a hostile member can make.</summary>
    private const int Most = 20_000;

    /// <summary>By member; the chapter that is told now is the last of its list.</summary>
    private readonly Dictionary<MemberId, List<StoryChapter>> _members = [];

    /// <summary>What each node saw, in its order, and up to where that is told.</summary>
    private readonly List<StoryScene>[] _seen;
    private readonly int[] _told;

    private Story(IReadOnlyList<NodeRing> rings)
    {
        var scenes = new Dictionary<StoryKey, StoryScene>();
        _seen = [.. rings.Select((ring, place) => Read(ring, place, scenes))];
        _told = new int[rings.Count];
        foreach (var member in scenes.Values.GroupBy(scene => scene.Key.Member))
        {
            _members.Add(member.Key,
            [
                .. member.GroupBy(scene => scene.Key.Incarnation).OrderByDescending(one => one.Key)
                    .Select(incarnation => new StoryChapter(incarnation)),
            ]);
        }
    }

    /// <summary>The story that the rings of some nodes tell, the oldest first.</summary>
    public static IReadOnlyList<StoryEntry> Tell(IEnumerable<NodeRing> rings) => [.. new Story(Fit(rings)).Tell()];

    /// <summary>One ring of each node, as far as all together are not too much. What has been fitted fits.</summary>
    public static IReadOnlyList<NodeRing> Fit(IEnumerable<NodeRing> rings)
    {
        NodeRing[] nodes = [.. rings.GroupBy(ring => ring.Node).OrderBy(one => one.Key).Select(one => Join([.. one]))];
        var shares = AnswerRoom.Divide([.. nodes.Select(node => node.Events.Count)], Most);
        return [.. nodes.Select((node, place) => node.Fit(shares[place]))];
    }

    /// <summary>Several rings of a node may overlap.</summary>
    private static NodeRing Join(NodeRing[] rings) => new(
        rings[0].Node,
        rings.Select(ring => ring.Name).Min(StringComparer.Ordinal)!,
        [
            .. rings.SelectMany(ring => ring.Events)
                .OrderBy(one => one.Sequence).ThenBy(one => one.Kind).ThenBy(one => one.Id).ThenBy(one => one.Incarnation)
                .DistinctBy(one => one.Sequence),
        ],
        rings.Max(ring => ring.Gone));

    /// <summary>What one node saw, in its order.</summary>
    private static List<StoryScene> Read(NodeRing ring, int place, Dictionary<StoryKey, StoryScene> scenes)
    {
        var (node, name) = (ring.Node, ring.Name);
        var seen = new List<StoryScene>();
        var lives = new Dictionary<(MemberId, Incarnation), int>();
        foreach (var happened in ring.Events)
        {
            var life = lives.GetValueOrDefault((happened.Id, happened.Incarnation));
            var key = StoryKey.Of(happened, node, life);
            if (happened.Kind == ClusterEventKind.MemberForgotten)
                lives[(happened.Id, happened.Incarnation)] = life + 1;
            if (!scenes.TryGetValue(key, out var scene))
                scenes.Add(key, scene = new StoryScene(key));
            if (scene.TryAdd(happened, (place, seen.Count), node, name))
                seen.Add(scene);
        }

        return seen;
    }

    private IEnumerable<StoryEntry> Tell()
    {
        var accused = new HashSet<StoryKey>();
        while (Pick() is { } scene)
        {
            scene.IsTold = true;
            foreach (var (node, _) in scene.Seen)
            {
                while (Head(node) is { IsTold: true })
                    _told[node]++;
            }

            var chapters = _members[scene.Key.Member];
            while (chapters.Count > 0 && chapters[^1].IsOver)
                chapters.RemoveAt(chapters.Count - 1);
            yield return scene.Tell(accused.Add(scene.Key with { Detail = 0 }));
        }
    }

    /// <summary>What a node has next; null at its end.</summary>
    private StoryScene? Head(int node) => _told[node] < _seen[node].Count ? _seen[node][_told[node]] : null;

    /// <summary>The next one: of those that the rule of the protocol allows, one that contradicts the fewest; null at the end.</summary>
    private StoryScene? Pick()
    {
        StoryScene[] heads = [.. Enumerable.Range(0, _seen.Length).Select(Head).OfType<StoryScene>().Distinct()];
        var ready = heads.Where(scene => Against(scene) == 0 && _members[scene.Key.Member][^1].Allows(scene)).MinBy(scene => scene.Key);
        return ready ?? heads.Select(scene => scene.Key.Member).Distinct().SelectMany(member => _members[member][^1].Allowed())
            .OrderBy(Against).ThenBy(scene => scene.Key).FirstOrDefault();
    }

    /// <summary>
    /// How much those who saw a scene saw before it that is not told yet: to tell it now contradicts them in so many things, about.
    /// </summary>
    private int Against(StoryScene scene) => scene.Seen.Sum(one => one.Place - _told[one.Node]);
}
