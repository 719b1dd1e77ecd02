using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Gossip.Discovery;

/// <summary>
/// Values for names that other processes choose, kept as long as the names are in use. There is no event when a name goes out of use: when
/// there are twice as many as were left the last time, unused ones are dropped. So keeping one costs about the same however many there are,
/// and no more are kept than <see cref="Few"/>, or twice those that were in use, or <see cref="Most"/>.
/// </summary>
/// <param name="isAlive">Whether a key is still in use.</param>
/// <param name="comparer">Compares keys.</param>
internal sealed class NameCache<TKey, TValue>(Func<TKey, bool> isAlive, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    /// <summary>So few that looking for unused ones among them is not worth it.</summary>
    internal const int Few = 32;

    /// <summary>More names than any process calls; beyond that the cache starts anew, and names in use soon return.</summary>
    internal const int Most = 16_384;

    private readonly ConcurrentDictionary<TKey, TValue> _all = new(comparer ?? EqualityComparer<TKey>.Default);
    private int _limit = Few;

    public int Count => _all.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => _all.TryGetValue(key, out value);

    /// <summary>Keeps a value, unless there is one for the key.</summary>
    /// <returns>The one that is kept.</returns>
    public TValue Keep(TKey key, TValue value)
    {
        var kept = _all.GetOrAdd(key, value);
        if (_all.Count > Volatile.Read(ref _limit))
            DropDead();
        return kept;
    }

    /// <summary>Several threads may do so at a time, since an unused name is unused for all of them.</summary>
    private void DropDead()
    {
        foreach (var (key, _) in _all)
        {
            if (!isAlive(key))
                _all.TryRemove(key, out _);
        }

        if (_all.Count > Most / 2)
            _all.Clear();
        Volatile.Write(ref _limit, Math.Max(Few, 2 * _all.Count));
    }
}
