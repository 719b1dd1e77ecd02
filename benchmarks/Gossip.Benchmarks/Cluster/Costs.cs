using System.Diagnostics;
using System.Globalization;

namespace Gossip.Benchmarks.Cluster;

/// <summary>What the process and the loopback interface have used up to a moment.</summary>
internal sealed record Costs(long Moment, TimeSpan Processor, long Allocated, long LoopbackBytes, long LoopbackPackets)
{
    private const int BytesColumn = 8;

    /// <summary>The files first, so that reading them is not part of what is measured from here on.</summary>
    public static Costs ReadAtStart()
    {
        var (bytes, packets) = Loopback();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        return new Costs(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, allocated, bytes, packets);
    }

    /// <summary>The files last, so that reading them is not part of what was measured up to here.</summary>
    public static Costs ReadAtEnd()
    {
        var (moment, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var (bytes, packets) = Loopback();
        return new Costs(moment, processor, allocated, bytes, packets);
    }

    /// <summary>The resident set of this process, in kB.</summary>
    public static long ResidentKilobytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Sent bytes and packets: on loopback everything that is sent is received, so one direction says all.</summary>
    private static (long Bytes, long Packets) Loopback()
    {
        var line = File.ReadLines("/proc/net/dev").First(line => line.TrimStart().StartsWith("lo:", StringComparison.Ordinal));
        var columns = line[(line.IndexOf(':') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(columns[BytesColumn], CultureInfo.InvariantCulture), long.Parse(columns[BytesColumn + 1], CultureInfo.InvariantCulture));
    }
}
