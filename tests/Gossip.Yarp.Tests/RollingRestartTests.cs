using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Microsoft.AspNetCore.Http;
using Xunit.Abstractions;

namespace Gossip.Yarp.Tests;

/// <summary>What YARP counts, it counts for all gateways of a process: so these run alone.</summary>
[CollectionDefinition(nameof(RollingRestartTests), DisableParallelization = true)]
[Collection(nameof(RollingRestartTests))]
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int Callers = 4;

    [Fact]
    public async Task Three_instances_are_restarted_in_turn_under_load_and_no_request_fails()
    {
        await using var gateway = await Gateway.StartAsync();
        using var failures = new ForwarderFailures();
        var services = new List<TestApp>();
        for (var i = 0; i < 3; i++)
            services.Add(await StartAsync(gateway));
        await gateway.HasAsync("payments", 3);
        using var enough = new CancellationTokenSource();
        var answers = new ConcurrentDictionary<string, int>();
        var sent = 0;
        var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)).ToArray();

        for (var i = 0; i < services.Count; i++)
        {
            await LoadGoesOnAsync();
            await services[i].App.StopAsync(Eventually.Patience());
            await services[i].DisposeAsync();
            await LoadGoesOnAsync();
            services[i] = await StartAsync(gateway);
            await gateway.HasAsync("payments", 3);
        }

        await LoadGoesOnAsync();
        await enough.CancelAsync();
        await Task.WhenAll(callers);
        foreach (var service in services)
            await service.DisposeAsync();

        output.WriteLine($"{sent} requests: {string.Join(", ", answers.Select(answer => $"{answer.Value} answered '{answer.Key}'"))}");
        Assert.Equal(["paid"], answers.Keys);
        Assert.Empty(gateway.Errors);
        Assert.Equal(0, failures.Count);

        async Task LoadGoesOnAsync()
        {
            var before = Volatile.Read(ref sent);
            await Eventually.HoldsAsync(() => Volatile.Read(ref sent) > before + 200, "requests go on");
        }

        async Task CallAsync()
        {
            while (!enough.IsCancellationRequested)
            {
                var answer = await gateway.PostAsync("3");
                answers.AddOrUpdate(answer, 1, (_, count) => count + 1);
                Interlocked.Increment(ref sent);
            }
        }
    }

    [PeerFact("wrk", IsNightly = true)]
    public async Task As_much_load_as_wrk_makes_notices_nothing_either()
    {
        await using var gateway = await Gateway.StartAsync();
        var services = new List<TestApp>();
        for (var i = 0; i < 3; i++)
            services.Add(await StartAsync(gateway));
        await gateway.HasAsync("payments", 3);
        // Its own limit for a request is 2 s, which a busy machine may take.
        await using var wrk = ChildProcess.Start("wrk", "-t1", "-c16", "-d30s", "--timeout", "120s", "--latency", $"{gateway.Client.BaseAddress}");
        var load = wrk.OutputAsync();

        var restarts = 0;
        for (; restarts == 0 || !load.IsCompleted; restarts++)
        {
            var i = restarts % services.Count;
            await services[i].App.StopAsync(Eventually.Patience());
            await services[i].DisposeAsync();
            services[i] = await StartAsync(gateway);
            await gateway.HasAsync("payments", 3);
        }

        foreach (var service in services)
            await service.DisposeAsync();
        var report = await load;
        output.WriteLine($"{restarts} restarts\n{report}");
        Assert.Contains(" requests in ", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Socket errors", report, StringComparison.Ordinal);
        Assert.Empty(gateway.Errors);
    }

    private static Task<TestApp> StartAsync(Gateway gateway) =>
        gateway.StartServiceAsync("payments", http => http.Response.WriteAsync("paid"));

    /// <summary>What YARP's own telemetry counts as failed, in this process.</summary>
    private sealed class ForwarderFailures : EventListener
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Yarp.ReverseProxy")
                EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName == "ForwarderFailed")
                Interlocked.Increment(ref _count);
        }
    }
}
