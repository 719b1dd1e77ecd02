using System.Globalization;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>
/// Asks the kernel how long processes waited for a processor, and looks at its own clock, by which it sees when the whole machine stood
/// still. Nobody is asked who is judged by it.
/// </summary>
internal sealed class StallWatch(RunClock clock, Stalls stalls)
{
    /// <summary>Shorter waits are within every bound.</summary>
    private const double Shortest = 0.05;

    private const double Nanoseconds = 1e9;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, double> _waited = [];
    private double _last = clock.Now;

    /// <summary>Looks until it is cancelled.</summary>
    /// <param name="processes">The processes at each moment, by the names of those who are judged.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(Func<IEnumerable<(string Name, int? Id)>> processes, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                Look(processes());
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private void Look(IEnumerable<(string Name, int? Id)> processes)
    {
        var now = clock.Now;
        if (now - _last - Interval.TotalSeconds is > Shortest and var late)
            stalls.Note(Stall.Run, _last, now, late);
        foreach (var (name, id) in processes)
        {
            // Of several threads that wait at a time the longest counts.
            var longest = id is { } pid ? ThreadsOf(pid).Select(Waited).DefaultIfEmpty().Max() : 0;
            if (longest > Shortest)
                stalls.Note(name, _last, now, longest);
        }

        _last = now;
    }

    private static string[] ThreadsOf(int pid)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{pid}/task");
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>How long a thread has waited since the last look, in seconds.</summary>
    private double Waited(string thread)
    {
        try
        {
            var sum = double.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[1], CultureInfo.InvariantCulture) / Nanoseconds;
            var before = _waited.GetValueOrDefault(thread, sum);
            _waited[thread] = sum;
            return sum - before;
        }
        catch (IOException)
        {
            _waited.Remove(thread);
            return 0;
        }
    }
}
