using System.Net;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Loop;
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
        var goesOn = new TaskCompletionSource();
        var held = HoldAsync(node, goesOn);
        Task<NodeReport>[] asked = [.. Enumerable.Range(0, 500).Select(_ => node.ReportAsync().AsTask())];
        using var hurried = new CancellationTokenSource();
        var left = node.ReportAsync(hurried.Token).AsTask();
        await hurried.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        goesOn.SetResult();
        await held;

        var reports = await Task.WhenAll(asked);

        Assert.Single(reports.Distinct<NodeReport>(ReferenceEqualityComparer.Instance));
        Assert.NotSame(reports[0], await node.ReportAsync());
    }

    [Fact]
    public async Task The_first_who_asks_and_leaves_leaves_the_others_their_report_and_a_stopped_node_refuses_all()
    {
        var launcher = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance);
        var node = launcher.Launch(new GossipOptions { Port = 0, BindAddress = $"{IPAddress.Loopback}", UseMdns = false }, "app");
        node.Start();
        var goesOn = new TaskCompletionSource();
        var held = HoldAsync(node, goesOn);
        using var hurried = new CancellationTokenSource();
        await hurried.CancelAsync();
        // An answer that was there already would be given all the same.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await node.ReportAsync(hurried.Token));
        goesOn.SetResult();
        await held;
        Assert.Single((await node.ReportAsync()).Members);
        await node.DisposeAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.ReportAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.ReportAsync());
    }

    /// <summary>Has the loop stand still until it is to go on.</summary>
    private static Task<bool> HoldAsync(GossipNode node, TaskCompletionSource goesOn)
    {
        var patience = Eventually.Patience();
        return node.AskAsync((_, _, _) =>
        {
            goesOn.Task.Wait(patience);
            return true;
        }).AsTask();
    }
}
