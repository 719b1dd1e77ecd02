using System.Collections;

namespace Gossip.Simulation;

/// <summary>
/// The observations, in pages. A single array would be a large object, which is collected together with everything else in the world each
/// time that it grows.
/// </summary>
internal sealed class ObservationLog : IReadOnlyList<Observation>
{
    private const int PageSize = 1024;

    private readonly List<Observation[]> _pages = [];

    public int Count { get; private set; }

    public Observation this[int index] =>
        index < Count ? _pages[index / PageSize][index % PageSize] : throw new ArgumentOutOfRangeException(nameof(index));

    public void Add(in Observation seen)
    {
        if (Count == _pages.Count * PageSize)
            _pages.Add(new Observation[PageSize]);
        _pages[^1][Count++ % PageSize] = seen;
    }

    public IEnumerator<Observation> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
            yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
