using Gossip.AspNetCore.Tests.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>The page in a real browser, on nodes that are really there: processes of the Quickstart, and calls of this one.</summary>
public sealed class RealClusterTests
{
    private static readonly string Quickstart = Path.Combine(
        AppContext.BaseDirectory.Replace("tests/Gossip.AspNetCore.Tests", "examples/Quickstart", StringComparison.Ordinal), "Quickstart.dll");

    [PeerFact("chromium")]
    public async Task Processes_of_the_quickstart_appear_and_one_that_is_killed_is_suspect_then_dead_and_a_click_says_why()
    {
        var folder = Directory.CreateTempSubdirectory("gossip-page-").FullName;
        try
        {
            await using var orders = Start("orders", "orders-1", folder);
            await using var browser = await Chromium.StartAsync();
            await browser.LookAsync(1440, 900, "light");
            await browser.OpenAsync(await PageOfAsync(orders));
            await browser.RunAsync("window.isTheSame = 'yes'; window.seen = []; new MutationObserver(() => { const tile = " + Tile("payments-2") + "; "
                + "const state = tile && /, (alive|suspect|dead)/.exec(tile.textContent)?.[1]; if (state && seen.at(-1) !== state) seen.push(state); })"
                + ".observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })");
            await using var one = Start("payments", "payments-1", folder);
            await using var other = Start("payments", "payments-2", folder);
            foreach (var node in (string[])["orders-1", "payments-1", "payments-2"])
                await browser.AwaitAsync($"{Tile(node)}?.textContent.includes(', alive')");

            System.Diagnostics.Process.GetProcessById(other.Id).Kill();
            await browser.AwaitAsync($"{Tile("payments-2")}?.textContent.includes(', dead')");
            Assert.Equal("alive,suspect,dead", await browser.RunAsync("seen.join()"));

            await browser.RunAsync($"{Tile("payments-2")}.click()");
            await browser.AwaitAsync("document.querySelector('h1').textContent === 'payments-2'");
            await browser.AwaitAsync("/nothing listens at .* its process is gone/.test(document.querySelector('.lead').textContent)");
            Assert.Equal("yes", await browser.RunAsync("window.isTheSame"));
            Assert.Empty(browser.Errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Of four siblings one fails a third of its calls, and another is slow: both are named.</summary>
    [PeerFact("chromium")]
    public async Task Instances_that_fail_or_are_slow_stand_out()
    {
        await using var web = await TestApp.StartAsync(
            "web", build: builder => builder.Services.AddHttpClient("payments", http => http.BaseAddress = new Uri("http://payments")).AddGossipDiscovery(),
            map: app => app.MapGossip());
        List<TestApp> payments = [];
        try
        {
            foreach (var name in (string[])["payments-1", "payments-2", "slow", "failing"])
            {
                var calls = 0;
                payments.Add(await TestApp.StartAsync("payments", web, options => options.NodeName = name, map: app => app.MapGet("/", async () =>
                {
                    using var busy = new PeriodicTimer(TimeSpan.FromMilliseconds(name == "slow" ? 300 : 1));
                    await busy.WaitForNextTickAsync();
                    return name == "failing" && Interlocked.Increment(ref calls) % 3 == 0 ? Results.StatusCode(500) : Results.Ok();
                })));
            }

            await web.SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 4, "all four");
            using var ending = new CancellationTokenSource();
            var callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CallAsync(web, ending.Token)));
            await using var browser = await Chromium.StartAsync();
            await browser.LookAsync(1440, 900, "light");
            await browser.OpenAsync(new Uri(new Uri(web.App.Urls.First()), "/gossip"));

            await browser.AwaitAsync("[...document.querySelectorAll('main')].some(one => /slow: p99 \\d+ times its siblings/.test(one.textContent))");
            await browser.AwaitAsync("[...document.querySelectorAll('main')].some(one => /failing: \\d+ % of its calls fail/.test(one.textContent))");
            Assert.Equal("false", await browser.RunAsync("String(/payments-[12]: (p99|\\d+ %)/.test(document.querySelector('main').textContent))"));
            await ending.CancelAsync();
            await callers;
            Assert.Empty(browser.Errors);
        }
        finally
        {
            foreach (var one in payments)
                await one.DisposeAsync();
        }
    }

    private static async Task CallAsync(TestApp web, CancellationToken cancellation)
    {
        using var http = web.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("payments");
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/", UriKind.Relative), cancellation);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                // Some fail; that is what is shown.
            }
        }
    }

    private static ChildProcess Start(string service, string node, string folder) => ChildProcess.Start(
        new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development", ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["TMPDIR"] = folder,
            ["Gossip__Cluster"] = Path.GetFileName(folder), ["Gossip__AddressBook"] = "none", ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
        },
        ChildProcess.Peer[0], Quickstart, "service", service, node);

    private static async Task<Uri> PageOfAsync(ChildProcess service)
    {
        const string Heading = "Now listening on: ";
        var line = await service.LineAsync(line => line.Contains(Heading, StringComparison.Ordinal));
        return new Uri(new Uri(line[(line.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)..]), "/gossip");
    }

    private static string Tile(string name) => $"[...document.querySelectorAll('.tile')].find(one => one.textContent.includes('{name}'))";
}
