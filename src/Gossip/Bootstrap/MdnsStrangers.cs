using System.Collections.Concurrent;

namespace Gossip.Bootstrap;

/// <summary>
/// Nodes of other clusters and keys that announce themselves by mDNS: a few of them, for people, each told to the log once. Whoever is on
/// the link can invent some, take them back and invent others, so the log is told of so many, and from then on of one in a minute. One
/// task writes, any thread reads.
/// </summary>
internal sealed class MdnsStrangers(TimeProvider time)
{
    /// <summary>More of them would say nothing new.</summary>
    public const int Most = 256;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Link, string Instance), string> _known = [];
    private int _told;
    private long _toldAt;

    /// <summary>What is remarked of each.</summary>
    public IReadOnlyCollection<string> All => [.. _known.Values.Distinct()];

    /// <summary>Notes one that was seen.</summary>
    /// <returns>Whether the log is to tell of it.</returns>
    public bool Meet(MdnsSighting sighting, string remark)
    {
        var isNew = !_known.Keys.Any(known => known.Instance == sighting.Instance);
        if (_known.Count >= Most || !_known.TryAdd((sighting.Link, sighting.Instance), remark) || !isNew
            || (_told >= Most && time.GetElapsedTime(_toldAt) < Pause))
            return false;
        (_told, _toldAt) = (_told + 1, time.GetTimestamp());
        return true;
    }

    public void Forget(MdnsSighting lost) => _known.TryRemove((lost.Link, lost.Instance), out _);
}
