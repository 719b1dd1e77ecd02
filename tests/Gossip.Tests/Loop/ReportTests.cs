using System.Net;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Loop;

public sealed class ReportTests
{
    [Fact]
    public async Task All_who_ask_before_the_loop_gets_to_it_have_one_report_and_whoever_asks_later_another()
    {
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance);
        await using var node = launcher.Launch(new GossipOptions { Port = 0, BindAddress = $"{IPAddress.Loopback}", UseMdns = false }, "app");
        node.Start();
        using var goesOn = new ManualResetEventSlim();
        var patience = Eventually.Patience();
        var held = node.AskAsync((_, _, _) => Hold()).AsTask();
        Task<NodeReport>[] asked = [.. Enumerable.Range(0, 500).Select(_ => node.ReportAsync().AsTask())];
        using var hurried = new CancellationTokenSource();
        var left = node.ReportAsync(hurried.Token).AsTask();
        await hurried.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        goesOn.Set();
        await held;

        var reports = await Task.WhenAll(asked);

        Assert.Single(reports.Distinct<NodeReport>(ReferenceEqualityComparer.Instance));
        Assert.NotSame(reports[0], await node.ReportAsync());

        bool Hold()
        {
            goesOn.Wait(patience);
            return true;
        }
    }

    [Fact]
    public async Task The_first_who_asks_and_leaves_leaves_the_others_their_report_and_a_stopped_node_refuses_all()
    {
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance);
        var node = launcher.Launch(new GossipOptions { Port = 0, BindAddress = $"{IPAddress.Loopback}", UseMdns = false }, "app");
        node.Start();
        using var hurried = new CancellationTokenSource();
        await hurried.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await node.ReportAsync(hurried.Token));
        Assert.Single((await node.ReportAsync()).Members);
        await node.DisposeAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.ReportAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.ReportAsync());
    }
}
