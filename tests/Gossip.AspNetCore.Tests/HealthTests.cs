using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Gossip.AspNetCore.Health;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests;

/// <summary>The application's health checks and the state of its instance.</summary>
public sealed class HealthTests
{
    private volatile HealthCheckResultBox _result = new(HealthCheckResult.Healthy());
    private int _runs;

    [Fact]
    public async Task The_checks_set_the_state_with_the_reason_and_others_see_it()
    {
        await using var watcher = await TestApp.StartAsync("watcher");
        await using var app = await StartAsync(watcher);
        await watcher.SeesAsync("orders", one => one is { State: ServiceState.Ready, Reason: null });

        _result = new(HealthCheckResult.Degraded("the disk is\u0007 full"));
        await watcher.SeesAsync("orders", one => one is { State: ServiceState.Degraded, Reason: "db: the disk is  full" });
        _result = new(HealthCheckResult.Unhealthy(null, new InvalidOperationException("no connection")));
        await watcher.SeesAsync("orders", one => one is { State: ServiceState.Unhealthy, Reason: "db: no connection" });
        Assert.Empty(watcher.Discovery.GetInstances("orders"));
        _result = new(HealthCheckResult.Healthy());
        await watcher.SeesAsync("orders", one => one is { State: ServiceState.Ready, Reason: null });
    }

    [Fact]
    public async Task A_change_is_a_span_that_says_why()
    {
        using var test = new Activity("test").Start();
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Gossip",
            Sample = (ref ActivityCreationOptions<ActivityContext> made) =>
                made.Parent.TraceId == test.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        _result = new(HealthCheckResult.Degraded("full"));
        await using var app = await StartAsync(null);
        await Eventually.HoldsAsync(() => !ended.IsEmpty, "the change is told");
        await Eventually.HoldsAsync(() => Volatile.Read(ref _runs) > 3, "the checks go on");
        var span = Assert.Single(ended);
        Assert.Equal(
            ("gossip.health_change", "Degraded", "db: full"),
            (span.OperationName, span.GetTagItem("gossip.health.status"), span.GetTagItem("gossip.health.reason")));
    }

    [Fact]
    public async Task The_instance_begins_as_starting_and_is_ready_after_the_first_good_result()
    {
        var gate = new TaskCompletionSource<HealthCheckResult>();
        await using var app = await StartAsync(null, check: _ => gate.Task);
        Assert.Equal((ServiceState.Starting, HealthWatch.NotYet), (app.Own.Record.State, app.Own.Record.Reason));

        gate.SetResult(HealthCheckResult.Healthy());
        await app.SeesAsync("orders", one => one is { State: ServiceState.Ready, Reason: null });
    }

    [Fact]
    public async Task Checks_that_do_not_end_count_as_unhealthy_and_are_not_run_a_second_time_meanwhile()
    {
        var gate = new TaskCompletionSource<HealthCheckResult>();
        await using var app = await StartAsync(null, options => options.Health.Timeout = TimeSpan.FromMilliseconds(20), _ => gate.Task);
        await app.SeesAsync("orders", one => one.State == ServiceState.Unhealthy && one.Reason == "the health checks did not end within 00:00:00.0200000");
        Assert.Equal(1, Volatile.Read(ref _runs));

        gate.SetResult(HealthCheckResult.Healthy());
        await app.SeesAsync("orders", one => one.State == ServiceState.Ready);
    }

    [Fact]
    public async Task Checks_that_end_late_because_they_were_cut_short_are_run_again()
    {
        var gate = new TaskCompletionSource();
        await using var app = await StartAsync(
            null,
            options => options.Health.Timeout = TimeSpan.FromMilliseconds(20),
            async cancellation =>
            {
                if (Volatile.Read(ref _runs) > 1)
                    return HealthCheckResult.Healthy();
                await gate.Task;
                cancellation.ThrowIfCancellationRequested();
                throw new InvalidOperationException("It was not cancelled.");
            });
        await app.SeesAsync("orders", one => one.State == ServiceState.Unhealthy);
        gate.SetResult();
        await app.SeesAsync("orders", one => one.State == ServiceState.Ready);
    }

    [Fact]
    public async Task Checks_that_cannot_be_made_say_why()
    {
        await using var app = await TestApp.StartAsync("orders", build: builder => builder.Services.AddHealthChecks().Add(
            new("db", _ => throw new InvalidOperationException("There is no database."), null, null)));
        await app.SeesAsync("orders", one => one is { State: ServiceState.Unhealthy, Reason: "the health checks could not be run: There is no database." });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_cluster_is_told_in_whatever_order_its_node_starts(bool atOnce)
    {
        await using var app = await TestApp.StartAsync(
            "orders",
            configure: options => options.Health.Period = TimeSpan.FromMilliseconds(100),
            build: builder =>
            {
                builder.AddGossip();
                builder.Services.AddKeyedGossip("west", builder.Configuration.GetSection("West"), options =>
                    (options.Port, options.Cluster, options.Service.Name) = (0, $"west-{Guid.NewGuid():N}", "orders"));
                builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = atOnce);
                builder.Services.AddHealthChecks().AddCheck("db", () => _result.Value);
            });
        var west = app.App.Services.GetRequiredKeyedService<IServiceDiscovery>("west");
        await app.SeesAsync("orders", one => one.State == ServiceState.Ready);
        await west.WaitForAsync("orders", 1, Eventually.Patience());

        await app.Own.DisposeAsync();
        _result = new(HealthCheckResult.Unhealthy("down"));
        await Eventually.HoldsAsync(() => west.GetInstances("orders").Count == 0, "the other cluster is told too");
    }

    [Fact]
    public async Task Application_code_and_checks_each_have_a_say_and_the_worse_counts()
    {
        await using var app = await StartAsync(null);
        await app.SeesAsync("orders", one => one.State == ServiceState.Ready);

        await app.Own.UpdateAsync(record => record with { State = ServiceState.Degraded, Reason = "cold" });
        _result = new(HealthCheckResult.Unhealthy("down"));
        await app.SeesAsync("orders", one => one is { State: ServiceState.Unhealthy, Reason: "db: down" });
        _result = new(HealthCheckResult.Healthy());
        await app.SeesAsync("orders", one => one is { State: ServiceState.Degraded, Reason: "cold" });
        await app.Own.DrainAsync("goes away");
        var runs = Volatile.Read(ref _runs);
        await Eventually.HoldsAsync(() => Volatile.Read(ref _runs) > runs + 1, "the checks ran again");
        Assert.Equal((ServiceState.Draining, "goes away"), (app.Own.Record.State, app.Own.Record.Reason));
    }

    [Fact]
    public async Task When_the_checks_run_is_the_applications_to_fake()
    {
        var time = new ManualTime();
        await using var app = await TestApp.StartAsync("orders", build: builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddHealthChecks().AddCheck("db", () =>
            {
                Interlocked.Increment(ref _runs);
                return _result.Value;
            });
        });
        await app.SeesAsync("orders", one => one.State == ServiceState.Ready);
        _result = new(HealthCheckResult.Unhealthy("down"));
        for (var run = 2; run <= 3; run++)
        {
            Assert.Equal(run - 1, Volatile.Read(ref _runs));
            time.Advance(5);
            await Eventually.HoldsAsync(() => Volatile.Read(ref _runs) == run, "the checks ran again");
        }

        await app.SeesAsync("orders", one => one is { State: ServiceState.Unhealthy, Reason: "db: down" });
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "another")]
    public async Task Where_no_check_counts_the_instance_is_ready_at_once(bool enabled, string? tag)
    {
        _result = new(HealthCheckResult.Unhealthy());
        await using var app = await StartAsync(null, options => (options.Health.Enabled, options.Health.Tag) = (enabled, tag));
        Assert.Equal(ServiceState.Ready, app.Own.Record.State);
        Assert.Equal(0, Volatile.Read(ref _runs));
    }

    [Theory]
    [InlineData("another", true)]
    [InlineData("db", false)]
    public async Task A_tag_that_no_check_has_is_warned_of(string tag, bool isWarnedOf)
    {
        using var log = new TestLog();
        await using var app = await TestApp.StartAsync(
            "orders",
            configure: options => options.Health.Tag = tag,
            build: builder =>
            {
                builder.Logging.AddProvider(log);
                builder.Services.AddHealthChecks().AddCheck("db", () => HealthCheckResult.Healthy(), ["db"]);
            });
        Assert.Equal(isWarnedOf, log.Warnings.Any(text => text.StartsWith($"Gossip:Health:Tag is '{tag}', and no health check", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_tag_that_is_empty_is_none_and_all_checks_count()
    {
        _result = new(HealthCheckResult.Unhealthy());
        await using var app = await StartAsync(null, options => options.Health.Tag = "");
        await app.SeesAsync("orders", one => one.State == ServiceState.Unhealthy);
    }

    [Fact]
    public async Task Readiness_tells_of_the_node_alone_and_does_not_set_the_state()
    {
        await using var first = await TestApp.StartAsync(
            "first",
            configure: options => (options.SyncTimeout, options.Health.Period) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100)),
            build: builder => builder.Services.AddHealthChecks().AddGossip(),
            map: app => app.MapHealthChecks("/ready"));
        Assert.Equal(ServiceState.Ready, first.Own.Record.State);
        using var http = new HttpClient { BaseAddress = first.Discovery.GetInstances("first")[0].Uri };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/ready")).StatusCode);

        await first.Own.DrainAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/ready")).StatusCode);
        await first.Own.UpdateAsync(record => record with { State = ServiceState.Unhealthy });
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/ready")).StatusCode);
    }

    [Fact]
    public async Task Readiness_waits_for_the_first_synchronization()
    {
        await using var lone = await TestApp.StartAsync("lone");
        var node = lone.App.Services.GetRequiredService<GossipLifecycle>();
        Assert.Equal("The gossip node does not have the state of the cluster yet.", (await CheckAsync(TimeSpan.MaxValue)).Description);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(TimeSpan.Zero)).Status);

        await using var other = await TestApp.StartAsync("other", lone);
        await node.Running.Synchronized.WaitAsync(Eventually.Patience());
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(TimeSpan.MaxValue)).Status);

        Task<HealthCheckResult> CheckAsync(TimeSpan aloneAfter)
        {
            var check = new GossipReadiness(node) { AloneAfter = aloneAfter };
            return check.CheckHealthAsync(new HealthCheckContext { Registration = new("node", check, null, null) });
        }
    }

    [Fact]
    public void A_hiccup_does_not_count_and_an_illness_does()
    {
        var patience = new HealthHysteresis(worseAfter: 2, betterAfter: 1);
        HealthStatus Add(HealthStatus status) => patience.Add(new Verdict(status, "", "")).Status;

        Assert.Equal(HealthStatus.Healthy, Add(HealthStatus.Healthy));
        Assert.Equal(HealthStatus.Healthy, Add(HealthStatus.Unhealthy));
        Assert.Equal(HealthStatus.Healthy, Add(HealthStatus.Healthy));
        Assert.Equal(HealthStatus.Healthy, Add(HealthStatus.Unhealthy));
        Assert.Equal(HealthStatus.Degraded, Add(HealthStatus.Degraded));
        Assert.Equal(HealthStatus.Degraded, Add(HealthStatus.Unhealthy));
        Assert.Equal(HealthStatus.Healthy, Add(HealthStatus.Healthy));
        Assert.Equal(HealthStatus.Unhealthy, new HealthHysteresis(5, 1).Add(new Verdict(HealthStatus.Unhealthy, "", "")).Status);
    }

    [Fact]
    public void What_the_checks_say_is_news_only_when_others_fail()
    {
        var patience = new HealthHysteresis(1, 1);
        patience.Add(new Verdict(HealthStatus.Degraded, "db: 10 ms", "db"));
        Assert.Equal("db: 10 ms", patience.Add(new Verdict(HealthStatus.Degraded, "db: 11 ms", "db")).Reason);
        Assert.Equal("cache: gone", patience.Add(new Verdict(HealthStatus.Degraded, "cache: gone", "cache")).Reason);
    }

    [Fact]
    public void A_long_reason_is_cut_to_what_a_record_takes()
    {
        var entries = new Dictionary<string, HealthReportEntry>
        {
            ["a"] = new(HealthStatus.Degraded, new string('ü', 300), TimeSpan.Zero, null, null),
            ["b"] = new(HealthStatus.Unhealthy, "gone", TimeSpan.Zero, null, null),
        };
        var verdict = Verdict.Of(new HealthReport(entries, TimeSpan.Zero));
        Assert.StartsWith("b: gone; a: ü", verdict.Reason, StringComparison.Ordinal);
        new ServiceRecord { InstanceId = "i", Service = "s", Reason = verdict.Reason }.Validate();
    }

    private Task<TestApp> StartAsync(TestApp? seed, Action<GossipOptions>? configure = null, Func<CancellationToken, Task<HealthCheckResult>>? check = null) => TestApp.StartAsync(
        "orders",
        seed,
        options =>
        {
            options.Health.Period = TimeSpan.FromMilliseconds(100);
            configure?.Invoke(options);
        },
        builder => builder.Services.AddHealthChecks().AddAsyncCheck("db", cancellation =>
        {
            Interlocked.Increment(ref _runs);
            return check?.Invoke(cancellation) ?? Task.FromResult(_result.Value);
        }));

    private sealed record HealthCheckResultBox(HealthCheckResult Value);
}
