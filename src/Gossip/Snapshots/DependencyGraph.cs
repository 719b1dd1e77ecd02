namespace Gossip.Snapshots;

/// <summary>
/// Which service needs which, as the instances of one snapshot declare it. A service needs everything that one of its instances needs.
/// </summary>
internal sealed class DependencyGraph
{
    private readonly SortedDictionary<string, SortedSet<string>> _needs = new(StringComparer.OrdinalIgnoreCase);

    private DependencyGraph(ServiceSnapshot snapshot)
    {
        // A service has the name that it gives itself, however its dependents write it.
        var names = snapshot.Services.ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var service in names)
        {
            var needs = snapshot.GetAllInstances(service).SelectMany(instance => instance.DependsOn);
            _needs[service] = new(
                needs.Select(name => names.TryGetValue(name, out var own) ? own : name), StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>The existing services, sorted.</summary>
    public IReadOnlyCollection<string> Services => _needs.Keys;

    /// <summary>Reads every record once; made on request, and not kept.</summary>
    public static DependencyGraph Of(ServiceSnapshot snapshot) => new(snapshot);

    /// <summary>What a service needs, sorted.</summary>
    public IReadOnlyCollection<string> NeedsOf(string service) => _needs.TryGetValue(service, out var needs) ? needs : [];

    /// <summary>The services that need a service, whether it exists or not, sorted.</summary>
    public IReadOnlyList<string> DependentsOf(string service) => [.. from one in _needs where one.Value.Contains(service) select one.Key];

    /// <summary>The services that are needed and do not exist, sorted.</summary>
    public IReadOnlyList<string> Missing() =>
        [.. _needs.Values.SelectMany(needs => needs).Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => !_needs.ContainsKey(name)).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>
    /// The groups of services that need each other in a circle; a service that needs itself is one. Strongly connected components (Tarjan,
    /// "Depth-first search and linear graph algorithms", 1972), with a stack of its own, since foreign records decide how deep it goes.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles()
    {
        var search = new Search(this);
        foreach (var service in _needs.Keys)
            search.From(service);
        return search.Found;
    }

    private sealed class Search(DependencyGraph graph)
    {
        private readonly Dictionary<string, int> _index = new(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, int> _low = new(StringComparer.OrdinalIgnoreCase);
        private readonly Stack<string> _open = new();
        private readonly HashSet<string> _isOpen = new(StringComparer.OrdinalIgnoreCase);

        public List<IReadOnlyList<string>> Found { get; } = [];

        public void From(string start)
        {
            if (_index.ContainsKey(start))
                return;
            var path = new Stack<(string Service, IEnumerator<string> Needs)>();
            path.Push(Enter(start));
            while (path.TryPeek(out var step))
            {
                if (!step.Needs.MoveNext())
                {
                    path.Pop();
                    Close(step.Service);
                    if (path.TryPeek(out var parent))
                        _low[parent.Service] = Math.Min(_low[parent.Service], _low[step.Service]);
                }
                else if (!_index.TryGetValue(step.Needs.Current, out var index))
                {
                    path.Push(Enter(step.Needs.Current));
                }
                else if (_isOpen.Contains(step.Needs.Current))
                {
                    _low[step.Service] = Math.Min(_low[step.Service], index);
                }
            }
        }

        private (string Service, IEnumerator<string> Needs) Enter(string service)
        {
            _low[service] = _index[service] = _index.Count;
            _open.Push(service);
            _isOpen.Add(service);
            return (service, graph.NeedsOf(service).GetEnumerator());
        }

        /// <summary>Everything above the first of a component on the stack belongs to it.</summary>
        private void Close(string service)
        {
            if (_low[service] != _index[service])
                return;
            List<string> component = [];
            string last;
            do
            {
                last = _open.Pop();
                _isOpen.Remove(last);
                component.Add(last);
            }
            while (!string.Equals(last, service, StringComparison.OrdinalIgnoreCase));
            if (component.Count > 1 || graph.NeedsOf(service).Contains(service, StringComparer.OrdinalIgnoreCase))
                Found.Add([.. component.Order(StringComparer.OrdinalIgnoreCase)]);
        }
    }
}
