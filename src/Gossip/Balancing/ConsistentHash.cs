namespace Gossip.Balancing;

/// <summary>
/// The same instance for the same key, from every node, as long as it is a candidate; otherwise the key's next one. A call without a key
/// goes to the better of two. Every candidate is examined, which takes some nanoseconds each.
/// </summary>
internal sealed class ConsistentHash : INarrowingSelector
{
    private readonly PowerOfTwoChoices _withoutKey = new();
    private Ring? _ring;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        if (call.Key is null)
            return _withoutKey.Select(candidates, call);
        var ring = Volatile.Read(ref _ring);
        if (ring is null || !ReferenceEquals(ring.Of, candidates))
            Volatile.Write(ref _ring, ring = new Ring(candidates));
        return ring.Find(Rendezvous.HashOf(call.Key));
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves) =>
        NarrowedCandidates.ByWeight(candidates, leaves);

    /// <summary>The candidates with their numbers.</summary>
    private sealed class Ring
    {
        private readonly ServiceInstance[] _all;
        private readonly ulong[] _ids;
        private readonly bool _areEqual;

        public Ring(IReadOnlyList<ServiceInstance> candidates)
        {
            Of = candidates;
            _all = [.. candidates];
            if (Array.Exists(_all, one => one.Weight > 0))
                _all = Array.FindAll(_all, one => one.Weight > 0);
            _ids = Rendezvous.IdsOf(_all);
            _areEqual = Array.TrueForAll(_all, one => one.Weight == _all[0].Weight);
        }

        public IReadOnlyList<ServiceInstance> Of { get; }

        public ServiceInstance Find(ulong key) => _all[_areEqual ? Highest(key) : Nearest(key)];

        private int Highest(ulong key)
        {
            var (place, highest) = (0, 0UL);
            for (var i = 0; i < _ids.Length; i++)
            {
                var pair = Rendezvous.Of(key, _ids[i]);
                if (pair > highest)
                    (place, highest) = (i, pair);
            }

            return place;
        }

        private int Nearest(ulong key)
        {
            var (place, least) = (0, double.MaxValue);
            for (var i = 0; i < _ids.Length; i++)
            {
                var distance = Rendezvous.Distance(Rendezvous.Of(key, _ids[i]), _all[i].Weight);
                if (distance < least)
                    (place, least) = (i, distance);
            }

            return place;
        }
    }
}
