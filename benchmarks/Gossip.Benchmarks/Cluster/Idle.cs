using Gossip.Diagnostics;

namespace Gossip.Benchmarks.Cluster;

/// <summary>What the cluster costs while nothing happens.</summary>
internal sealed record Idle(Costs From, Costs To, Sent SentFrom, Sent SentTo, int Nodes)
{
    private double PerNodeSecond => Nodes * Convergence.Seconds(From.Moment, To.Moment);

    /// <summary>Share of one core.</summary>
    public double ProcessorPercent => 100 * (To.Processor - From.Processor).TotalSeconds / PerNodeSecond;

    public double AllocatedBytes => (To.Allocated - From.Allocated) / PerNodeSecond;

    public double LoopbackBytes => (To.LoopbackBytes - From.LoopbackBytes) / PerNodeSecond;

    public double LoopbackPackets => (To.LoopbackPackets - From.LoopbackPackets) / PerNodeSecond;

    public double UdpPayloadBytes => (SentTo.Bytes - SentFrom.Bytes) / (Nodes * Convergence.Seconds(SentFrom.Moment, SentTo.Moment));

    public double UdpPackets => (SentTo.Packets - SentFrom.Packets) / (Nodes * Convergence.Seconds(SentFrom.Moment, SentTo.Moment));
}

/// <summary>What one of several things that happen costs the whole cluster, beyond what it costs idle.</summary>
internal sealed record Extra(Costs From, Costs To, Idle Idle, int Times)
{
    private double IdleNodeSeconds => Idle.Nodes * Convergence.Seconds(From.Moment, To.Moment);

    public double ProcessorMilliseconds =>
        Each((To.Processor - From.Processor).TotalMilliseconds - (Idle.ProcessorPercent / 100 * 1000 * IdleNodeSeconds));

    public double Packets => Each(To.LoopbackPackets - From.LoopbackPackets - (Idle.LoopbackPackets * IdleNodeSeconds));

    private double Each(double all) => Times == 0 ? 0 : all / Times;
}

/// <summary>What the nodes have sent by their own count.</summary>
internal sealed record Sent(long Moment, long Bytes, long Packets, long Stalls, long ProbesFailed, long Refutations, long LoopFailures)
{
    public static async Task<Sent> AskAsync(IEnumerable<BenchNode> nodes)
    {
        var moment = System.Diagnostics.Stopwatch.GetTimestamp();
        NodeReport[] reports = await Task.WhenAll(nodes.Select(node => node.Node.ReportAsync().AsTask()));
        return new Sent(
            moment,
            reports.Sum(report => report.Counters.BytesSent),
            reports.Sum(report => report.Counters.PacketsSent),
            reports.Sum(report => report.Counters.Stalls),
            reports.Sum(report => report.Counters.ProbesFailed),
            reports.Sum(report => report.Counters.Refutations),
            reports.Sum(report => report.LoopFailures));
    }
}
