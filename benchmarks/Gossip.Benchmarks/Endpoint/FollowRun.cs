using System.Net;
using System.Text.Json.Nodes;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Benchmarks.Endpoint;

/// <summary>
/// One node behind a real server, with two others that probe it and that it probes. Events happen all the time; first nobody follows them,
/// then a crowd does, and then nobody again. What is compared is how late the node's loop is, by its own series.
/// </summary>
internal sealed class FollowRun(FollowPlan plan, TextWriter progress)
{
    private volatile bool _isOver;

    public async Task<JsonObject> RunAsync(CancellationToken cancellation)
    {
        var cluster = $"follow-{Environment.ProcessId}";
        await using var app = await StartServerAsync(cluster);
        var lifecycle = app.Services.GetRequiredService<GossipLifecycle>();
        var seed = lifecycle.Running.Identity.Advertised.ToString();
        using var one = await StartNodeAsync(cluster, seed);
        using var other = await StartNodeAsync(cluster, seed);
        var changing = ChangeAsync(() => lifecycle.Own!, cancellation);
        var figures = new JsonObject
        {
            ["subscribers"] = plan.Subscribers, ["silent"] = plan.Silent, ["changes_per_s"] = plan.Changes, ["phase_s"] = plan.Phase.TotalSeconds,
            ["alone"] = await MeasureAsync(lifecycle, null, cancellation),
        };
        var address = new Uri(app.Urls.First());
        using (var crowd = await FollowCrowd.GatherAsync(new IPEndPoint(IPAddress.Loopback, address.Port), plan))
            figures["followed"] = await MeasureAsync(lifecycle, crowd, cancellation);
        figures["alone_again"] = await MeasureAsync(lifecycle, null, cancellation);
        _isOver = true;
        await changing;
        return figures;
    }

    private static async Task<WebApplication> StartServerAsync(string cluster)
    {
        var builder = WebApplication.CreateBuilder(["--environment=Development"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddGossip(options => Configure(options, cluster, "followed"));
        var app = builder.Build();
        app.MapGossip();
        await app.StartAsync();
        return app;
    }

    private static async Task<IHost> StartNodeAsync(string cluster, string seed)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddGossipNode(options =>
        {
            Configure(options, cluster, null);
            options.Seeds.Add(seed);
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static void Configure(GossipOptions options, string cluster, string? service)
    {
        (options.Cluster, options.Port, options.MachineDirectory, options.AddressBook) = (cluster, 0, "none", "none");
        if (service is not null)
            options.Service.Name = service;
    }

    private async Task ChangeAsync(Func<IServiceRegistration> own, CancellationToken cancellation)
    {
        var pause = TimeSpan.FromSeconds(1.0 / plan.Changes);
        for (var weight = 1; !_isOver; weight = (weight % 1_000) + 1)
        {
            await Task.Delay(pause, cancellation);
            await own().UpdateAsync(record => record with { Weight = weight }, cancellation);
        }
    }

    private async Task<JsonObject> MeasureAsync(GossipLifecycle lifecycle, FollowCrowd? crowd, CancellationToken cancellation)
    {
        await progress.WriteLineAsync(crowd is null ? "nobody follows" : $"{plan.Subscribers} follow, of whom {plan.Silent} never read");
        // A step that is under way belongs to the phase before.
        await Task.Delay(NodeSeries.StepTime, cancellation);
        var (before, first, events) = (await lifecycle.ReportAsync(cancellation), await lifecycle.SeriesAsync(cancellation), lifecycle.EventsSince(long.MaxValue).Last);
        await Task.Delay(plan.Phase, cancellation);
        var (after, last) = (await lifecycle.ReportAsync(cancellation), await lifecycle.SeriesAsync(cancellation));
        var steps = last.Steps.Skip((int)(first.First + first.Steps.Count - last.First)).OfType<SeriesStep>().ToArray();
        var late = steps.Select(step => step.LoopLateMs).Order().ToArray();
        return new JsonObject
        {
            ["steps"] = steps.Length,
            ["loop_late_median_ms"] = Rounded(late[late.Length / 2]),
            ["loop_late_worst_ms"] = Rounded(late[^1]),
            ["loop_turn_worst_ms"] = Rounded(steps.Max(step => step.LoopTurnMs)),
            ["probes"] = after.Counters.Probes - before.Counters.Probes,
            ["probes_failed"] = after.Counters.ProbesFailed - before.Counters.ProbesFailed,
            ["stalls"] = after.Counters.Stalls - before.Counters.Stalls,
            ["events"] = lifecycle.EventsSince(long.MaxValue).Last - events,
            ["heard_by_each_reader"] = crowd?.Least,
            ["heap_kB"] = GC.GetTotalMemory(forceFullCollection: true) / 1024,
        };
    }

    private static double Rounded(double milliseconds) => Math.Round(milliseconds, 3);
}
