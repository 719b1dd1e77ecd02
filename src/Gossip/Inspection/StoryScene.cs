using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>What orders the scenes of one member and incarnation.</summary>
internal enum StoryStrand
{
    /// <summary>What is said of the member, and so to all.</summary>
    Claims,

    /// <summary>The versions of its records.</summary>
    Records,

    /// <summary>What concerns only the node that tells of it, as that it does not reach the member.</summary>
    Own,
}

/// <summary>Tells scenes apart, and orders them where the protocol does. Events of several nodes with one key are the same.</summary>
/// <param name="Member">The member that it happened to.</param>
/// <param name="Incarnation">The incarnation of which it is told.</param>
/// <param name="Strand">What orders it.</param>
/// <param name="Teller">Whose strand it is, of <see cref="StoryStrand.Own"/> ones; none of the others.</param>
/// <param name="Life">How often the teller had forgotten the member before, and found it again.</param>
/// <param name="Rank">Its place within the strand; those of one rank are in no order.</param>
/// <param name="Detail">Tells those of one rank apart: the accuser of an accusation, else the kind.</param>
internal readonly record struct StoryKey(
    MemberId Member, Incarnation Incarnation, StoryStrand Strand, MemberId Teller, int Life, ulong Rank, ulong Detail)
    : IComparable<StoryKey>
{
    /// <summary>The place of accusations within the states that an incarnation goes through.</summary>
    private const ulong Accused = 1;

    public bool IsAccusation => Strand == StoryStrand.Claims && Rank == Accused;

    /// <summary>The order within the strand.</summary>
    public (int Life, ulong Rank) Place => (Life, Rank);

    /// <param name="happened">What a node saw.</param>
    /// <param name="teller">The node.</param>
    /// <param name="life">How often it had forgotten the member before.</param>
    public static StoryKey Of(NodeEvent happened, MemberId teller, int life)
    {
        var claim = new StoryKey(happened.Id, happened.Incarnation, StoryStrand.Claims, default, life, 0, (ulong)happened.Kind);
        return happened.Kind switch
        {
            ClusterEventKind.MemberJoined or ClusterEventKind.MemberRefuted or ClusterEventKind.MemberUpdated => claim,
            ClusterEventKind.MemberSuspected => Accusation(claim, happened.Testimonies.Count == 0 ? null : happened.Testimonies[0]),
            ClusterEventKind.SuspicionConfirmed => Accusation(claim, happened.Testimonies.Count == 0 ? null : happened.Testimonies[^1]),
            ClusterEventKind.MemberDied => claim with { Rank = 2 },
            ClusterEventKind.MemberLeft => claim with { Rank = 3 },
            ClusterEventKind.MemberForgotten => claim with { Rank = 4 },
            ClusterEventKind.ServicesChanged => claim with { Strand = StoryStrand.Records, Life = 0, Rank = happened.RecordsVersion },
            _ => claim with { Strand = StoryStrand.Own, Teller = teller, Life = 0, Rank = (ulong)happened.Sequence },
        };
    }

    public int CompareTo(StoryKey other) => Order.CompareTo(other.Order);

    private (MemberId, Incarnation, StoryStrand, MemberId, int, ulong, ulong) Order =>
        (Member, Incarnation, Strand, Teller, Life, Rank, Detail);

    private static StoryKey Accusation(in StoryKey claim, NamedTestimony? word) =>
        claim with { Rank = Accused, Detail = word?.AccuserId.Value ?? 0 };
}

/// <summary>Something that happened, while the story is made: by whom it was seen.</summary>
internal sealed class StoryScene(StoryKey key)
{
    private readonly List<(NodeEvent Event, MemberId Node, string Name)> _seen = [];

    public StoryKey Key => key;

    public bool IsTold { get; set; }

    /// <summary>Whether it is that the member was new to somebody.</summary>
    public bool IsBeginning => _seen[0].Event.Kind == ClusterEventKind.MemberJoined && key.Life == 0;

    /// <summary>The nodes that saw it, and its place among what each of them saw.</summary>
    public List<(int Node, int Place)> Seen { get; } = [];

    /// <summary>False when that node has seen it before: then it is the same once more.</summary>
    public bool TryAdd(NodeEvent happened, (int Node, int Place) place, MemberId node, string name)
    {
        if (Seen.Count > 0 && Seen[^1].Node == place.Node)
            return false;
        Seen.Add(place);
        _seen.Add((happened, node, name));
        return true;
    }

    /// <param name="isFirst">Whether no accusation of that incarnation was told before.</param>
    public StoryEntry Tell(bool isFirst)
    {
        var first = Word(_seen.Where(one => one.Node == key.Member).Select(one => one.Event), _seen.Select(one => one.Event));
        var words = _seen.SelectMany(one => one.Event.Testimonies.Select(word => (one.Node, Word: word)))
            .GroupBy(one => one.Word.AccuserId)
            .Select(said => Word(said.Where(one => one.Node == said.Key).Select(one => one.Word), said.Select(one => one.Word)));
        return new StoryEntry(
            !key.IsAccusation ? first.Kind : isFirst ? ClusterEventKind.MemberSuspected : ClusterEventKind.SuspicionConfirmed,
            first.Id, first.Name, first.Address, first.Incarnation,
            [.. key.IsAccusation ? words.Where(word => word.AccuserId.Value == key.Detail) : words.OrderBy(word => word.AccuserId)],
            [
                .. _seen.Select(one => new Observation(one.Node, one.Name, one.Event.Sequence, one.Event.At))
                    .OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Node),
            ])
        {
            What = first.What,
        };

        // What one says of itself counts, and else what most say: no single node puts words into the mouths of all.
        static T Word<T>(IEnumerable<T> own, IEnumerable<T> all)
            where T : class => own.FirstOrDefault() ?? all.GroupBy(Told).MaxBy(same => same.Count())!.First();

        static object Told<T>(T said) => said is NodeEvent happened ? (happened.Name, happened.Address, happened.What) : said!;
    }
}

/// <summary>What happened to one incarnation of a member: strands, of each of which the next may be told.</summary>
internal sealed class StoryChapter
{
    private readonly Dictionary<(StoryStrand, MemberId), Strand> _strands = [];

    public StoryChapter(IEnumerable<StoryScene> scenes)
    {
        foreach (var strand in scenes.GroupBy(scene => (scene.Key.Strand, scene.Key.Teller)))
            _strands.Add(strand.Key, new Strand([.. strand.OrderBy(scene => scene.Key)]));
    }

    /// <summary>Whether all of it is told.</summary>
    public bool IsOver => _strands.Values.All(strand => strand.Next is null);

    /// <summary>
    /// Whether it begins with somebody to whom the member was new. Then that is the first of it: what the member tells of itself, as that
    /// it has the state of the cluster, would else come before, since nothing else orders it.
    /// </summary>
    private bool Begins =>
        _strands.TryGetValue((StoryStrand.Claims, default), out var claims) && claims.Next is { IsBeginning: true };

    /// <summary>Whether a scene, of any chapter, may be told now.</summary>
    public bool Allows(StoryScene scene) =>
        _strands.TryGetValue((scene.Key.Strand, scene.Key.Teller), out var strand)
        && strand.Next is { } next && next.Key.Incarnation == scene.Key.Incarnation && next.Key.Place == scene.Key.Place
        && (scene.Key.Strand == StoryStrand.Claims || !Begins);

    /// <summary>All that may be told now.</summary>
    public IEnumerable<StoryScene> Allowed() =>
        _strands.Where(one => one.Key.Item1 == StoryStrand.Claims || !Begins).SelectMany(one => one.Value.Allowed());

    private sealed class Strand(StoryScene[] scenes)
    {
        private int _next;

        /// <summary>The first that is not told; null at the end.</summary>
        public StoryScene? Next
        {
            get
            {
                while (_next < scenes.Length && scenes[_next].IsTold)
                    _next++;
                return _next < scenes.Length ? scenes[_next] : null;
            }
        }

        /// <summary>Those of its place that are not told.</summary>
        public IEnumerable<StoryScene> Allowed()
        {
            if (Next is not { } next)
                yield break;
            for (var i = _next; i < scenes.Length && scenes[i].Key.Place == next.Key.Place; i++)
            {
                if (!scenes[i].IsTold)
                    yield return scenes[i];
            }
        }
    }
}
