using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Gossip.Discovery;

/// <summary>
/// What is kept for names that other processes choose, as long as they mean something. Nobody tells that a name is gone: when there are
/// twice as many as were left the last time, those that mean nothing are dropped. So keeping one costs about the same however many there
/// are, and no more are kept than <see cref="Few"/>, or twice those that meant something, or <see cref="Most"/>.
/// </summary>
/// <param name="isAlive">Whether a key still means something.</param>
/// <param name="comparer">Compares keys.</param>
internal sealed class NameCache<TKey, TValue>(Func<TKey, bool> isAlive, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    /// <summary>So few that looking for the dead among them is not worth it.</summary>
    internal const int Few = 32;

    /// <summary>More names than any process calls; where there are more, it starts anew: what is in use is soon there again.</summary>
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

    /// <summary>Several threads may do so at a time: a name is dead for all of them.</summary>
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
