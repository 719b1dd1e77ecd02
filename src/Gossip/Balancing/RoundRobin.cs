namespace Gossip.Balancing;

/// <summary>Each in its turn or, where the weights differ, as often as its weight says, evenly spread.</summary>
internal sealed class RoundRobin : IInstanceSelector
{
    private readonly Turn _turn = new();
    private Stretches? _stretches;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, in Call call)
    {
        var stretches = Volatile.Read(ref _stretches);
        if (stretches is null || !ReferenceEquals(stretches.Of, candidates))
            Volatile.Write(ref _stretches, stretches = new Stretches(candidates));
        if (stretches.AreEqual)
            return candidates[_turn.Next(candidates.Count)];
        return candidates[stretches.Find(_turn.NextPoint(stretches.Total))];
    }

    /// <summary>The weights of some candidates, laid end to end.</summary>
    private sealed class Stretches
    {
        private readonly int[] _ends;

        public Stretches(IReadOnlyList<ServiceInstance> candidates)
        {
            Of = candidates;
            _ends = new int[candidates.Count];
            AreEqual = true;
            for (var i = 0; i < _ends.Length; i++)
            {
                _ends[i] = Total += candidates[i].Weight;
                AreEqual &= candidates[i].Weight == candidates[0].Weight;
            }
        }

        public IReadOnlyList<ServiceInstance> Of { get; }

        public int Total { get; }

        public bool AreEqual { get; }

        public int Find(int point)
        {
            var place = _ends.AsSpan().BinarySearch(point + 1);
            // Instances that weigh nothing reach as far as the one before: the first that reaches so far is the one that is meant.
            for (place = place < 0 ? ~place : place; place > 0 && _ends[place - 1] == _ends[place]; place--)
            {
            }

            return place;
        }
    }
}
