using System.Diagnostics;
using System.Text.Json.Nodes;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Cluster;

/// <summary>One run: burst, idle, updates, joins, kills, in this order, each after the one before has come to rest.</summary>
internal sealed class ClusterRun(ClusterPlan plan, TextWriter progress)
{
    private const byte WarmUpNetwork = 78;
    private const byte Network = 77;

    private readonly Samples _updates = new();
    private readonly Samples _updatesByNode = new();
    private readonly Samples _joins = new();
    private readonly Samples _firstSuspects = new();
    private readonly Samples _firstDeaths = new();
    private readonly Samples _deaths = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _missed;

    public async Task<JsonObject> RunAsync(CancellationToken cancellation)
    {
        await WarmUpAsync(nodes: 3, updates: 5);
        var before = Memory.Read();
        await WarmUpAsync(nodes: 32, updates: 30);
        await using var cluster = new BenchCluster(Network, plan);
        var hostFrom = HostTime.Read();
        var burstFrom = Costs.ReadAtStart();
        var last = await cluster.StartAsync();
        await ConvergeAsync(cluster, cancellation);
        await Task.Delay(plan.Settle, cancellation);
        var idle = await IdleAsync(cluster, cancellation);
        // What the nodes were asked last still hangs on the way back here: it is no memory of theirs.
        await Task.Yield();
        var after = Memory.Read();
        var updatesFrom = Costs.ReadAtStart();
        await UpdateAllAsync(cluster, cancellation);
        var updates = new Extra(updatesFrom, Costs.ReadAtEnd(), idle, plan.Updates);
        await JoinAllAsync(cluster, cancellation);
        await KillAllAsync(cluster, cancellation);
        var end = await Sent.AskAsync(cluster.Nodes);
        var figures = Figures(cluster.Convergence, last, burstFrom, idle, updates, before, after, end);
        figures["steal_pct"] = Math.Round(HostTime.Read().StolenPercentSince(hostFrom), 2);
        return figures;
    }

    /// <summary>
    /// A small cluster does everything once, so that the runtime's own memory is not charged to the nodes; a larger one does it again, so that
    /// what is measured is not the compiler. What that one leaves behind is charged to the nodes all the same.
    /// </summary>
    private async Task WarmUpAsync(int nodes, int updates)
    {
        Say($"warming up with {nodes} nodes");
        var little = new ClusterPlan(nodes, updates, Joins: 1, Kills: 1, TimeSpan.FromSeconds(1))
        {
            Protocol = plan.Protocol, Loops = plan.Loops, IsMetered = plan.IsMetered,
        };
        var small = new ClusterRun(little, TextWriter.Null);
        await using var cluster = new BenchCluster(WarmUpNetwork, little);
        await cluster.StartAsync();
        await small.ConvergeAsync(cluster, CancellationToken.None);
        await small.IdleAsync(cluster, CancellationToken.None);
        await small.UpdateAllAsync(cluster, CancellationToken.None);
        await small.JoinAllAsync(cluster, CancellationToken.None);
        await small.KillAllAsync(cluster, CancellationToken.None);
    }

    private async Task ConvergeAsync(BenchCluster cluster, CancellationToken cancellation)
    {
        Say($"{plan.Nodes} nodes started");
        try
        {
            await cluster.Convergence.Complete.WaitAsync(plan.ConvergeWithin, cancellation);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"After {plan.ConvergeWithin} only {cluster.Convergence.Known} of {cluster.Convergence.Pairs} (node, member) pairs are complete: "
                + "there is nothing to measure.");
        }

        Say("all views complete");
    }

    private async Task<Idle> IdleAsync(BenchCluster cluster, CancellationToken cancellation)
    {
        var sentFrom = await Sent.AskAsync(cluster.Nodes);
        var from = Costs.ReadAtStart();
        await Task.Delay(plan.Steady, cancellation);
        var to = Costs.ReadAtEnd();
        var idle = new Idle(from, to, sentFrom, await Sent.AskAsync(cluster.Nodes), cluster.Nodes.Count);
        if (cluster.Collector is { } collector)
            Say($"exported: {collector.Exported} B each second");
        Say($"idle: {idle.ProcessorPercent:0.0000} % of a core, {idle.AllocatedBytes:0} B/s allocated, {idle.LoopbackBytes:0} B/s on lo, per node");
        return idle;
    }

    private async Task UpdateAllAsync(BenchCluster cluster, CancellationToken cancellation)
    {
        for (var revision = 1; revision <= plan.Updates; revision++)
        {
            await Task.Delay(cluster.Pause(0.3, 0.8), cancellation);
            var node = cluster.Pick();
            var number = revision;
            var news = cluster.Expect(node, happened => node.IsShown(happened, number));
            cluster.Convergence.Watched = [news];
            var start = Stopwatch.GetTimestamp();
            await node.UpdateAsync(number);
            await AllLearnAsync(news, "update", cancellation);
            foreach (var moment in news.Moments)
                _updatesByNode.Add(Convergence.Seconds(start, moment));
            _updates.Add(Last(start, news));
            Say($"update {revision} known by all after {Last(start, news):0.0000} s");
        }
    }

    private async Task JoinAllAsync(BenchCluster cluster, CancellationToken cancellation)
    {
        for (var i = 0; i < plan.Joins; i++)
        {
            await Task.Delay(cluster.Pause(1, 2), cancellation);
            var start = Stopwatch.GetTimestamp();
            var node = cluster.Bind();
            var news = cluster.Expect(node, happened => ClusterObserver.IsWhole(happened.Member));
            cluster.Convergence.Watched = [news];
            await cluster.StartAsync(node);
            await AllLearnAsync(news, "join", cancellation);
            _joins.Add(Last(start, news));
            Say($"join {i + 1} known by all after {Last(start, news):0.0000} s");
        }
    }

    private async Task KillAllAsync(BenchCluster cluster, CancellationToken cancellation)
    {
        for (var i = 0; i < plan.Kills; i++)
        {
            await Task.Delay(cluster.Pause(2, 4), cancellation);
            var node = cluster.Pick();
            var suspected = cluster.Expect(node, happened => happened.Member.State is MemberState.Suspect or MemberState.Dead);
            var died = cluster.Expect(node, happened => happened.Kind == ClusterEventKind.MemberDied);
            cluster.Convergence.Forget(node.Id);
            cluster.Convergence.Watched = [suspected, died];
            var start = Stopwatch.GetTimestamp();
            await cluster.KillAsync(node);
            await AllLearnAsync(died, "death", cancellation);
            var (suspect, dead, known) = (First(start, suspected), First(start, died), Last(start, died));
            _firstSuspects.Add(suspect);
            _firstDeaths.Add(dead);
            _deaths.Add(known);
            Say($"kill {i + 1}: suspected after {suspect:0.000} s, dead after {dead:0.000} s, known by all after {known:0.000} s");
        }
    }

    /// <summary>Who has not learned it when the time is over is counted as missed, and the limit stands in for the sample.</summary>
    private async Task AllLearnAsync(News news, string what, CancellationToken cancellation)
    {
        try
        {
            await news.All.WaitAsync(plan.LearnWithin, cancellation);
        }
        catch (TimeoutException)
        {
            _missed += news.Missing;
            Say($"{news.Missing} nodes have not learned of the {what} within {plan.LearnWithin}");
        }
    }

    private double First(long start, News news) =>
        news.Moments.Count > 0 ? Convergence.Seconds(start, news.Moments[0]) : plan.LearnWithin.TotalSeconds;

    private double Last(long start, News news) =>
        news.Missing == 0 ? Convergence.Seconds(start, news.Moments[^1]) : plan.LearnWithin.TotalSeconds;

    private JsonObject Figures(Convergence board, long last, Costs burstFrom, Idle idle, Extra updates, Memory before, Memory after, Sent end) => new()
    {
        ["N"] = plan.Nodes,
        ["drop"] = plan.Drop,
        ["loops"] = plan.Loops,
        ["metered"] = plan.IsMetered,
        ["conv99_from_last_join_s"] = Samples.Round(Math.Max(0, Convergence.Seconds(last, board.NearlyCompleteAt))),
        ["conv_from_last_join_s"] = Samples.Round(Math.Max(0, Convergence.Seconds(last, board.CompleteAt))),
        ["burst_cpu_s"] = Math.Round((idle.From.Processor - burstFrom.Processor).TotalSeconds, 3),
        ["burst_packets"] = idle.SentFrom.Packets,
        ["burst_kB"] = idle.SentFrom.Bytes / 1000,
        ["steady_cpu_pct_per_node"] = Math.Round(idle.ProcessorPercent, 5),
        ["steady_udp_payload_B_s_node"] = Math.Round(idle.UdpPayloadBytes, 1),
        ["steady_udp_packets_s_node"] = Math.Round(idle.UdpPackets, 3),
        ["steady_lo_B_s_node"] = Math.Round(idle.LoopbackBytes, 1),
        ["steady_lo_packets_s_node"] = Math.Round(idle.LoopbackPackets, 3),
        ["rss_kB_per_node"] = Math.Round((double)(after.ResidentKilobytes - before.ResidentKilobytes) / plan.Nodes, 1),
        ["rss_collected_kB_per_node"] = Math.Round((double)(after.CollectedKilobytes - before.CollectedKilobytes) / plan.Nodes, 1),
        ["rss_total_kB_per_node"] = Math.Round((double)after.ResidentKilobytes / plan.Nodes, 1),
        ["heap_kB_per_node"] = Math.Round((after.HeapBytes - before.HeapBytes) / 1000.0 / plan.Nodes, 1),
        ["alloc_B_s_node"] = Math.Round(idle.AllocatedBytes, 1),
        ["upd_all_median_s"] = _updates.Median(),
        ["upd_all_worst_s"] = _updates.Percentile(1),
        ["upd_node_p99_s"] = _updatesByNode.Percentile(0.99),
        ["upd_cpu_ms"] = Math.Round(updates.ProcessorMilliseconds, 2),
        ["upd_packets"] = Math.Round(updates.Packets, 1),
        ["join_all_median_s"] = _joins.Median(),
        ["kill_first_suspect_median_s"] = _firstSuspects.Median(),
        ["kill_first_dead_median_s"] = _firstDeaths.Median(),
        ["kill_all_know_median_s"] = _deaths.Median(),
        ["missed"] = _missed,
        ["false_suspicions"] = board.FalseSuspicions,
        ["false_deaths"] = board.FalseDeaths,
        ["probes_failed"] = end.ProbesFailed,
        ["refutations"] = end.Refutations,
        ["stalls"] = end.Stalls,
        ["loop_failures"] = end.LoopFailures,
        ["upd_all_samples_s"] = _updates.ToJson(),
        ["join_all_samples_s"] = _joins.ToJson(),
        ["kill_first_suspect_samples_s"] = _firstSuspects.ToJson(),
        ["kill_first_dead_samples_s"] = _firstDeaths.ToJson(),
        ["kill_all_know_samples_s"] = _deaths.ToJson(),
    };

    private void Say(string what) => progress.WriteLine($"{_clock.Elapsed.TotalSeconds,7:0.0} s  {what}");
}
