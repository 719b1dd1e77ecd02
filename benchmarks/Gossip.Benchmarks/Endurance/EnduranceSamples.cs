namespace Gossip.Benchmarks.Endurance;

/// <summary>The figures of the control processes over time, by what they measure.</summary>
internal sealed class EnduranceSamples
{
    /// <summary>Figures that must not grow, since whatever holds one more each time is a leak.</summary>
    public const string Handles = "handles", Threads = "threads";

    /// <summary>
    /// By how many more of these a process may end its second half than it began it: the pool's threads come and go, and the runtime opens
    /// nine files, once, when a send first finds its connection broken.
    /// </summary>
    private const int Slack = 12;

    private readonly Dictionary<(string Process, string What), List<(TimeSpan At, double Value)>> _all = [];

    /// <summary>Reads a process of this machine, and adds what it says of itself.</summary>
    public void Add(TimeSpan at, EnduringProcess process, ServiceReport report, bool isCollected)
    {
        var memory = ProcessMemory.Read(process.Id);
        Add(at, process.Name, "rss_kb", memory.Resident);
        Add(at, process.Name, "rss_files_kb", memory.Files);
        Add(at, process.Name, "rss_code_kb", memory.Code);
        Add(at, process.Name, "rss_arenas_kb", memory.Arenas);
        Add(at, process.Name, "rss_anonymous_kb", memory.Anonymous);
        Add(at, process.Name, "gc_committed_kb", report.CommittedBytes / 1024.0);
        Add(at, process.Name, "heap_kb", report.HeapBytes / 1024.0);
        if (isCollected)
            Add(at, process.Name, "heap_collected_kb", report.CollectedBytes / 1024.0);
        Add(at, process.Name, "methods", report.Methods);
        Add(at, process.Name, Handles, Directory.EnumerateFileSystemEntries($"/proc/{process.Id}/fd").Count());
        Add(at, process.Name, Threads, Directory.EnumerateDirectories($"/proc/{process.Id}/task").Count());
    }

    public void Add(TimeSpan at, string process, string what, double value)
    {
        if (!_all.TryGetValue((process, what), out var points))
            _all[(process, what)] = points = [];
        points.Add((at, value));
    }

    /// <summary>The newest figures, the mean of the processes.</summary>
    public IReadOnlyDictionary<string, double> Newest() => _all.GroupBy(one => one.Key.What)
        .ToDictionary(group => group.Key, group => Math.Round(group.Average(one => one.Value[^1].Value)));

    /// <summary>The line through the second half of each figure, the mean of those processes.</summary>
    public IReadOnlyDictionary<string, Line> Slopes(IEnumerable<string> processes)
    {
        var chosen = processes.ToHashSet();
        return _all.Where(one => chosen.Contains(one.Key.Process)).GroupBy(one => one.Key.What)
            .ToDictionary(group => group.Key, group => Rounded(Line.Mean([.. group.Select(one => SecondHalf(one.Value))])));
    }

    /// <summary>The processes whose handles or threads grow, beyond chance and beyond what comes and goes.</summary>
    public IEnumerable<string> Growing()
    {
        foreach (var ((process, what), points) in _all)
        {
            if (what is Handles or Threads && SecondHalf(points) is var line && line.Rise > Slack && line.PerHour > 3 * line.Error)
                yield return $"{process}: {what} rise by {line.PerHour:F1} an hour (± {line.Error:F1}), from {line.From:F1} to {line.To:F1}";
        }
    }

    private static Line SecondHalf(List<(TimeSpan At, double Value)> points) => Line.Through(points[(points.Count / 2)..]);

    private static Line Rounded(in Line line) =>
        new(Math.Round(line.From, 1), Math.Round(line.To, 1), Math.Round(line.PerHour, 1), Math.Round(line.Error, 1));
}
