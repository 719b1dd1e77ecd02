using System.Globalization;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>
/// What an update costs the page. Its processor time is printed, and not asserted: a machine that has much else to do takes twice as long
/// for the same work.
/// </summary>
public sealed class PageCostTests(ITestOutputHelper output)
{
    private const int Updates = 31;
    private static readonly string[] Work = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];

    [PeerFact("chromium")]
    public async Task The_page_of_two_hundred_members_stays_small_while_they_change()
    {
        await using var feed = await PageBrowserTests.StartAsync(200);
        await using var browser = await PageBrowserTests.OpenAsync(feed);
        await browser.DoAsync("Performance.enable", new JsonObject { ["timeDomain"] = "threadTicks" });
        var costs = new List<(double Work, double Task)>();
        var last = await browser.MetricsAsync();
        for (var update = 0; update < Updates; update++)
        {
            feed.Step(TimeSpan.FromSeconds(1));
            await browser.AwaitAsync($"Number(document.documentElement.dataset.revision) >= {feed.Cluster.Revision}");
            await browser.RunAsync("new Promise(done => requestAnimationFrame(() => setTimeout(() => done('drawn'))))");
            var now = await browser.MetricsAsync();
            costs.Add((1000 * Work.Sum(name => now[name] - last[name]), 1000 * (now["TaskDuration"] - last["TaskDuration"])));
            last = now;
        }

        var work = costs.Select(cost => cost.Work).Order().ElementAt(Updates / 2);
        var task = costs.Select(cost => cost.Task).Order().ElementAt(Updates / 2);
        var heap = last["JSHeapUsedSize"] / 1e6;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"script and layout {work:0.0} ms, all tasks {task:0.0} ms, heap {heap:0.0} MB, {last["Nodes"]} nodes"));
        Assert.InRange(last["Nodes"], 1, 20_000);
        Assert.InRange(heap, 0.1, 100);
        Assert.Empty(browser.Errors);
    }

    /// <summary>The page answers its user at any time: it counts processor time, of which a busy machine takes little more.</summary>
    [PeerFact("chromium")]
    public async Task No_task_of_an_update_keeps_the_page_of_two_hundred_members_busy_for_long()
    {
        await using var feed = await PageBrowserTests.StartAsync(200);
        await using var browser = await PageBrowserTests.OpenAsync(feed);

        var tasks = await browser.TasksAsync(async () =>
        {
            for (var update = 0; update < 10; update++)
            {
                feed.Step(TimeSpan.FromSeconds(1));
                await browser.AwaitAsync($"Number(document.documentElement.dataset.revision) >= {feed.Cluster.Revision}");
            }
        });

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tasks.Count} tasks, the longest {tasks.Max():0.0} ms"));
        Assert.InRange(tasks.Max(), 0.1, 50);
    }

    /// <summary>An update touches what has changed: of two hundred members one changes its state, and no other's element does.</summary>
    [PeerFact("chromium")]
    public async Task An_update_touches_the_element_of_the_member_that_changed_and_no_other_members()
    {
        await using var feed = await PageBrowserTests.StartAsync(200);
        await using var browser = await PageBrowserTests.OpenAsync(feed);
        var member = feed.Cluster.Members[8];
        await browser.RunAsync(
            "window.touched = new Set(); new MutationObserver(all => all.forEach(one => { const tile = (one.target.closest ? one.target : one.target.parentElement).closest('.tile'); "
            + "if (tile) touched.add(tile.dataset.id); })).observe(document.querySelector('.zones'), { subtree: true, childList: true, attributes: true, characterData: true })");

        feed.Tell(cluster => cluster.Kill(member));
        await browser.AwaitAsync($"document.querySelector('.tile[data-id=\"{member.Id}\"]').textContent.includes(', dead')");

        Assert.Equal(member.Id, await browser.RunAsync("[...touched].join()"));
    }

    /// <summary>The pictures of the README. <c>GOSSIP_APPROVE=1</c> writes them.</summary>
    [PeerFact("chromium")]
    public async Task The_pictures_for_the_readme_are_small()
    {
        await using var feed = await PageBrowserTests.StartAsync(41);
        var cluster = feed.Cluster;
        feed.Tell(one => one.Kill(cluster.Members[9]));
        feed.Tell(one => one.Suspect(cluster.Members[26]));
        await using var browser = await PageBrowserTests.OpenAsync(feed);
        var total = 0;
        foreach (var (name, width, height, scheme, view) in ((string, int, int, string, string)[])
            [("overview-light", 1440, 900, "light", ""), ("overview-dark", 1440, 900, "dark", ""), ("calls-dark", 1440, 820, "dark", "graph"), ("phone", 375, 812, "light", "")])
        {
            await browser.LookAsync(width, height, scheme);
            await PageBrowserTests.GoAsync(browser, view);
            await browser.RunAsync("new Promise(done => requestAnimationFrame(() => setTimeout(() => done('drawn'), 300)))");
            var picture = await browser.PictureAsync(72);
            total += picture.Length;
            output.WriteLine($"{name}: {picture.Length / 1024} KiB");
            if (Environment.GetEnvironmentVariable("GOSSIP_APPROVE") == "1")
                await File.WriteAllBytesAsync(Path.Combine(Pictures(), $"{name}.webp"), picture);
        }

        Assert.InRange(total, 1, 300 * 1000);
    }

    private static string Pictures()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Gossip.sln")))
            root = root.Parent!;
        return Directory.CreateDirectory(Path.Combine(root.FullName, "docs/screenshots")).FullName;
    }
}
