using System.Runtime.CompilerServices;

namespace Gossip.Bootstrap;

/// <summary>
/// The nodes that are seen at one moment, and a signal for the next revision. Watchers go from revision to revision and compare, so a slow
/// one misses steps in between but never an outcome, and nothing is queued for it.
/// </summary>
internal sealed class MdnsRevision(IReadOnlyDictionary<(string Link, string Instance), MdnsSighting> sightings, bool isLast)
{
    private readonly TaskCompletionSource<MdnsRevision> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static MdnsRevision First() => new(new Dictionary<(string, string), MdnsSighting>(), isLast: false);

    public void FollowWith(MdnsRevision next) => _next.SetResult(next);

    public static async IAsyncEnumerable<MdnsSighting> WatchAsync(
        Func<MdnsRevision> latest, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var told = new Dictionary<(string, string), MdnsSighting>();
        var edition = latest();
        while (true)
        {
            foreach (var sighting in edition.NewsTo(told))
                yield return sighting;
            if (edition.IsLast)
                yield break;
            await edition._next.Task.WaitAsync(cancellation).ConfigureAwait(false);
            edition = latest();
        }
    }

    private bool IsLast => isLast;

    private List<MdnsSighting> NewsTo(Dictionary<(string, string), MdnsSighting> told)
    {
        var news = new List<MdnsSighting>();
        foreach (var (key, gone) in told)
            if (!sightings.ContainsKey(key))
            {
                news.Add(gone with { IsLost = true });
                told.Remove(key);
            }

        foreach (var (key, sighting) in sightings)
            if (!told.TryGetValue(key, out var before) || !ReferenceEquals(before, sighting))
            {
                news.Add(sighting);
                told[key] = sighting;
            }

        return news;
    }
}
