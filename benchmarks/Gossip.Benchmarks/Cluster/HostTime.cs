using System.Globalization;

namespace Gossip.Benchmarks.Cluster;

/// <summary>
/// What the machine's processors have spent up to a moment, and how much of it the host below a virtual machine gave to others while something
/// here wanted to run: with 5 % of it, what takes milliseconds takes half as long again, and no load that can be seen from here explains it.
/// </summary>
internal sealed record HostTime(long Total, long Stolen)
{
    private const int StealColumn = 7;

    /// <summary>Time of guests, in the columns that follow, is in that of users already.</summary>
    private const int Columns = StealColumn + 1;

    public static HostTime Read() => Of(File.ReadLines("/proc/stat").First());

    /// <summary>Reads the first line of <c>/proc/stat</c>: the sum over all processors, in ticks (proc_stat(5)).</summary>
    public static HostTime Of(string line)
    {
        var ticks = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..(Columns + 1)];
        var numbers = Array.ConvertAll(ticks, tick => long.Parse(tick, CultureInfo.InvariantCulture));
        return new HostTime(numbers.Sum(), numbers[StealColumn]);
    }

    /// <summary>The part of the time since then that was stolen, in percent.</summary>
    public double StolenPercentSince(HostTime from) => Total == from.Total ? 0 : 100.0 * (Stolen - from.Stolen) / (Total - from.Total);
}
