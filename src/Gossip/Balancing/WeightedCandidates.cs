using System.Diagnostics.CodeAnalysis;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>
/// Some candidates in an array and, where their weights differ, the weights laid end to end. Made once for each list of candidates.
/// </summary>
internal sealed class WeightedCandidates
{
    private readonly int[] _ends;

    private WeightedCandidates(IReadOnlyList<ServiceInstance> candidates)
    {
        Of = candidates;
        All = candidates switch
        {
            ServiceInstance[] array => array,
            ChunkedList<ServiceInstance> list => list.ToArray(),
            _ => [.. candidates],
        };
        Statistics = Array.ConvertAll(All, one => one.Statistics);
        AreEqual = Array.TrueForAll(All, one => one.Weight == All[0].Weight);
        _ends = AreEqual ? [] : new int[All.Length];
        for (var i = 0; i < _ends.Length; i++)
            _ends[i] = Total += All[i].Weight;
    }

    public IReadOnlyList<ServiceInstance> Of { get; }

    [SuppressMessage("Performance", "CA1819", Justification = "The fastest way to an element; nobody changes it.")]
    public ServiceInstance[] All { get; }

    /// <summary>Their statistics, which a choice reads before the instances.</summary>
    [SuppressMessage("Performance", "CA1819", Justification = "As above.")]
    public InstanceStatistics[] Statistics { get; }

    /// <summary>The sum of the weights where they differ.</summary>
    public int Total { get; }

    public bool AreEqual { get; }

    /// <summary>The weighted form of candidates, from a cell that keeps it until the candidates change.</summary>
    public static WeightedCandidates Cached(ref WeightedCandidates? cell, IReadOnlyList<ServiceInstance> candidates)
    {
        var stretches = Volatile.Read(ref cell);
        if (stretches is null || !ReferenceEquals(stretches.Of, candidates))
            Volatile.Write(ref cell, stretches = new WeightedCandidates(candidates));
        return stretches;
    }

    /// <summary>The place of an instance by its weight.</summary>
    /// <param name="bits">Where it lies in the total, as a fraction of 2³².</param>
    public int At(uint bits) => AreEqual ? FastRandom.Below(bits, All.Length) : Find(FastRandom.Below(bits, Total));

    private int Find(int point)
    {
        var place = _ends.AsSpan().BinarySearch(point + 1);
        // Instances of weight 0 end where the one before them ends: the first with that end is meant.
        for (place = place < 0 ? ~place : place; place > 0 && _ends[place - 1] == _ends[place]; place--)
        {
        }

        return place;
    }
}
