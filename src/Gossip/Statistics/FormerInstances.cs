using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// Instances that no snapshot has any more and that were called in the last minute, or have calls under way: the calls that hang at a
/// process which has died are those that people look for.
/// </summary>
internal sealed class FormerInstances
{
    /// <summary>A cluster that is restarted as a whole has no more, and what peers make come and go was called by this process.</summary>
    private const int Most = 1_024;

    /// <summary>A ring, whose oldest place is written next; null while nothing that was called has gone.</summary>
    private FormerInstance?[]? _places;
    private int _next;

    /// <summary>Those whose calls still count. From any thread.</summary>
    public IReadOnlyList<FormerInstance> All => Volatile.Read(ref _places) is { } places
        ?
        [
            .. Enumerable.Range(0, Most).Select(place => Volatile.Read(ref places[place])).OfType<FormerInstance>()
                .Where(one => one.Statistics.IsRecent),
        ]
        : [];

    /// <summary>
    /// An instance is in no snapshot from now on. When there are too many, the one that is gone for longest makes room. Called by the loop.
    /// </summary>
    public void Add(FormerInstance instance)
    {
        var places = _places ?? new FormerInstance?[Most];
        Volatile.Write(ref places[_next], instance);
        Volatile.Write(ref _places, places);
        _next = (_next + 1) % Most;
    }
}

/// <summary>An instance that is in no snapshot any more, and what this process had to do with it.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Id">Its id.</param>
/// <param name="NodeId">The node that owned it.</param>
/// <param name="NodeName">The name of that node.</param>
/// <param name="Statistics">What its callers write.</param>
internal sealed record FormerInstance(string Service, string Id, MemberId NodeId, string NodeName, InstanceStatistics Statistics);
