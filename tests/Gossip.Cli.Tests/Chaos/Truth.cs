using System.Diagnostics;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>Why a service should not be called.</summary>
[Flags]
internal enum Down
{
    None = 0,

    /// <summary>The process that its file names, or that was registered, is not in the process table.</summary>
    Process = 1,

    /// <summary>Its port accepts no connection.</summary>
    Socket = 2,

    /// <summary>It answers its check with 500.</summary>
    Health = 4,

    /// <summary>No file and no order says that it is to be registered.</summary>
    Undefined = 8,

    /// <summary>An operator drains it.</summary>
    Drained = 16,
}

/// <summary>A time in seconds since the run began: from one moment until before another.</summary>
internal readonly record struct Stretch(double From, double Until)
{
    public double Length => Until - From;

    public bool Overlaps(double from, double until) => From < until && from < Until;

    /// <summary>What is left of stretches when others are taken away.</summary>
    public static IReadOnlyList<Stretch> Without(IEnumerable<Stretch> all, IEnumerable<Stretch> taken)
    {
        var left = all.Where(one => one.Length > 0).ToList();
        foreach (var cut in taken)
        {
            left = [.. left.SelectMany(one => one.Overlaps(cut.From, cut.Until)
                ? new[] { one with { Until = Math.Min(one.Until, cut.From) }, one with { From = Math.Max(one.From, cut.Until) } }.Where(part => part.Length > 0)
                : [one])];
        }

        return left;
    }
}

/// <summary>The clock of a run. All processes of the machine have it.</summary>
internal sealed class RunClock
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public double Now => At(Stopwatch.GetTimestamp());

    public double At(long timestamp) => (timestamp - _start) / (double)Stopwatch.Frequency;
}

/// <summary>How long after something went down nobody may call the service any more, in seconds: interval × threshold + 1 s of its check.</summary>
/// <param name="Process">After the end of its process; infinite where no check looks at that.</param>
/// <param name="Http">After the end of its socket or its health.</param>
/// <param name="Undefined">After its definition has gone.</param>
internal sealed record Bounds(double Process, double Http, double Undefined)
{
    public double Of(Down one) => one switch
    {
        Down.Process => Process,
        Down.Socket or Down.Health => Http,
        Down.Undefined => Undefined,
        _ => 1,
    };
}

/// <summary>What was true of a service, as the process table, its socket and the run's own acts tell it.</summary>
internal sealed class ServiceTruth(string name, int host, Bounds bounds)
{
    private readonly List<(double At, Down Down)> _changes = [];

    public string Name { get; } = name;

    public int Host { get; } = host;

    public Bounds Bounds { get; } = bounds;

    public Down Now => _changes is [.., var last] ? last.Down : Down.Process | Down.Undefined;

    public void Note(double at, Down down)
    {
        if (_changes.Count == 0 || down != Now)
            _changes.Add((at, down));
    }

    /// <summary>When it was as a condition has it.</summary>
    public IEnumerable<Stretch> When(Func<Down, bool> condition, double end)
    {
        double? from = null;
        foreach (var (at, down) in _changes)
        {
            if (condition(down))
            {
                from ??= at;
            }
            else if (from is { } began)
            {
                yield return new(began, at);
                from = null;
            }
        }

        if (from is { } open)
            yield return new(open, end);
    }
}

/// <summary>A time without an agent.</summary>
/// <param name="Host">On which host.</param>
/// <param name="Gone">From its death, or the order to stop, until the next one's API answers.</param>
/// <param name="IsRetired">Whether it took its services back.</param>
internal sealed record Outage(int Host, Stretch Gone, bool IsRetired);

/// <summary>Times in which a process could not run though it wanted to.</summary>
internal sealed class Stalls
{
    private readonly List<(string Who, Stretch When, double Length)> _all = [];

    public int Count => _all.Count;

    public double Longest => _all.Select(one => one.Length).DefaultIfEmpty().Max();

    public void Note(string who, double from, double until, double length)
    {
        lock (_all)
            _all.Add((who, new(from, until), Math.Min(length, until - from)));
    }

    /// <summary>How long one of these stood still at a stretch, at the longest, within a time.</summary>
    public double LongestOf(IReadOnlyCollection<string> whom, double from, double until)
    {
        var longest = 0.0;
        lock (_all)
        {
            foreach (var ofOne in _all.Where(one => whom.Contains(one.Who) && one.When.Overlaps(from, until)).GroupBy(one => one.Who))
            {
                var (sum, last) = (0.0, double.NaN);
                foreach (var (_, when, length) in ofOne.OrderBy(one => one.When.From))
                {
                    // It ran in between where it did not wait for most of the time.
                    sum = when.From == last && length > 0.8 * when.Length ? sum + length : length;
                    last = length > 0.8 * when.Length ? when.Until : double.NaN;
                    longest = Math.Max(longest, sum);
                }
            }
        }

        return longest;
    }

    /// <summary>How long all of these together stood still within a time.</summary>
    public double Of(IReadOnlyCollection<string> whom, double from, double until)
    {
        lock (_all)
            return _all.Where(one => whom.Contains(one.Who) && one.When.Overlaps(from, until)).Sum(one => one.Length);
    }
}

/// <summary>What an observer found: when each service could be called.</summary>
internal sealed class Sight(string name, int host)
{
    private readonly List<(double At, HashSet<string> Callable)> _views = [];

    public string Name { get; } = name;

    public int Host { get; } = host;

    public void Note(double at, IEnumerable<string> callable) => _views.Add((at, callable.ToHashSet(StringComparer.Ordinal)));

    public IReadOnlyList<Stretch> Callable(string service, double end)
    {
        var found = new List<Stretch>();
        for (var i = 0; i < _views.Count; i++)
        {
            var until = i + 1 < _views.Count ? _views[i + 1].At : end;
            if (!_views[i].Callable.Contains(service))
                continue;
            if (found is [.., var last] && last.Until == _views[i].At)
                found[^1] = last with { Until = until };
            else
                found.Add(new(_views[i].At, until));
        }

        return found;
    }
}
