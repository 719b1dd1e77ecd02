using System.Collections.Concurrent;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests;

/// <summary>A server that stops while it is called.</summary>
public sealed class StoppingTests
{
    [Fact]
    public async Task A_request_that_is_open_when_the_process_stops_ends_before_the_goodbye()
    {
        var (entered, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var watcher = await TestApp.StartAsync("watcher");
        await using var app = await TestApp.StartAsync("orders", watcher, options => options.Drain.QuietPeriod = TimeSpan.Zero, map: app => app.MapGet("/slow", async () =>
        {
            entered.SetResult();
            await finish.Task;
            return "done";
        }));
        await watcher.SeesAsync("orders", one => one.State == ServiceState.Ready);
        await app.SeesAsync(snapshot => snapshot.Members.Count(member => member.State == MemberState.Alive) == 2, "the watcher");
        using var http = new HttpClient { BaseAddress = watcher.Discovery.GetInstances("orders")[0].Uri };
        var answer = http.GetAsync("/slow");
        await entered.Task;

        var stopping = app.App.StopAsync(Eventually.Patience());
        await watcher.SeesAsync("orders", one => one is { State: ServiceState.Draining, Reason: Drain.Reason });
        await Eventually.HoldsAsync(() => app.App.Services.GetRequiredService<OpenRequests>().Count == 0, "the open request was set apart");
        Assert.False(stopping.IsCompleted);
        finish.SetResult();

        Assert.Equal("done", await (await answer).Content.ReadAsStringAsync());
        await stopping;
        await watcher.SeesAsync(snapshot => snapshot.Members.Any(member => member.State == MemberState.Left), "the goodbye");
    }

    [Fact]
    public async Task Requests_are_counted_from_the_first_middleware_to_the_last_byte()
    {
        var (entered, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await TestApp.StartAsync("orders", map: app => app.MapGet("/slow", async () =>
        {
            entered.SetResult();
            await finish.Task;
        }));
        var requests = app.App.Services.GetRequiredService<OpenRequests>();
        using var http = new HttpClient { BaseAddress = app.Discovery.GetInstances("orders")[0].Uri };
        var answer = http.GetAsync("/slow");
        await entered.Task;
        Assert.Equal(1, requests.Count);

        finish.SetResult();
        Assert.Null((await answer).Headers.ConnectionClose);
        await Eventually.HoldsAsync(() => requests.Count == 0, "the request has ended");
        using var failed = await http.GetAsync("/nowhere");
        await Eventually.HoldsAsync(() => requests.Count == 0, "a request that nobody answers has ended too");
    }

    [Fact]
    public async Task While_the_process_drains_answers_ask_not_to_use_the_connection_again()
    {
        await using var app = await TestApp.StartAsync("orders", map: app => app.MapGet("/", () => "here"));
        using var http = new HttpClient { BaseAddress = app.Discovery.GetInstances("orders")[0].Uri };
        app.App.Services.GetRequiredService<OpenRequests>().BeginDraining();
        using var answer = await http.GetAsync("/");
        Assert.True(answer.Headers.ConnectionClose);
        Assert.Equal("here", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Callers_by_name_do_not_notice_that_one_of_two_stops()
    {
        await using var caller = await TestApp.StartAsync("caller", build: builder => builder.Services.AddHttpClient("orders").AddGossipDiscovery());
        await using var first = await TestApp.StartAsync("orders", caller, map: app => app.MapPost("/", () => "first"));
        await using var second = await TestApp.StartAsync("orders", caller, map: app => app.MapPost("/", () => "second"));
        foreach (var one in new[] { caller, first, second })
            await one.SeesAsync(snapshot => snapshot.GetInstances("orders").Count == 2, "both");
        using var http = caller.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        var answers = new ConcurrentQueue<string>();
        using var enough = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(CallAsync)).ToArray();
        await Eventually.HoldsAsync(() => answers.Distinct().Count() == 2, "both answer");

        await first.App.StopAsync(Eventually.Patience());
        var before = answers.Count;
        await Eventually.HoldsAsync(() => answers.Count > before + 100, "calls go on");
        await enough.CancelAsync();
        await Task.WhenAll(callers);

        Assert.Equal(["first", "second"], answers.Distinct().Order());

        async Task CallAsync()
        {
            while (!enough.IsCancellationRequested)
            {
                using var answer = await http.PostAsync("http://orders/", null);
                answers.Enqueue(await answer.Content.ReadAsStringAsync());
            }
        }
    }
}
