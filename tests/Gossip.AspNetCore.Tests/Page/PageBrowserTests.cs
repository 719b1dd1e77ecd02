using Gossip.AspNetCore.Page;
using Gossip.AspNetCore.Tests.Access;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>The page in a real browser, fed by a made-up cluster.</summary>
public sealed class PageBrowserTests
{
    private static readonly string[] Views = ["", "members", "members/orders-1", "services", "services/payments", "graph", "timeline", "timeline?scope=cluster", "charts", "doctor"];

    [PeerFact("chromium")]
    public async Task A_suspicion_and_a_death_are_shown_without_a_reload_and_a_click_explains_them()
    {
        await using var feed = await StartAsync(41);
        await using var browser = await OpenAsync(feed);
        var member = feed.Cluster.Members[8];
        await browser.RunAsync("window.isTheSame = 'yes'");

        feed.Tell(cluster => cluster.Suspect(member));
        await browser.AwaitAsync(Tile(member, "suspect"));
        feed.Tell(cluster => cluster.Kill(member));
        await browser.AwaitAsync(Tile(member, "dead"));

        await browser.RunAsync($"document.querySelector('.tile[data-id=\"{member.Id}\"]').click()");
        await browser.AwaitAsync($"document.querySelector('h1').textContent === '{member.Name}'");
        await browser.AwaitAsync("document.querySelector('.lead').textContent.includes('heard nothing by any path')");
        await browser.RunAsync("document.querySelector('.events summary').click()");
        await browser.AwaitAsync("document.querySelector('.testimonies')?.textContent.includes('neither did the relays that it asked')");
        Assert.Equal("yes", await browser.RunAsync("window.isTheSame"));
        Assert.Empty(browser.Errors);
    }

    [PeerFact("chromium")]
    public async Task While_the_node_is_silent_the_picture_stays_and_says_how_old_it_is_and_then_it_goes_on()
    {
        await using var feed = await StartAsync(41);
        await using var browser = await OpenAsync(feed);
        var member = feed.Cluster.Members[8];

        feed.BeSilent(true);
        await browser.AwaitAsync("!document.getElementById('lost').hidden");
        var words = await browser.RunAsync("document.getElementById('lost').textContent");
        Assert.Contains("cannot be heard", words);
        Assert.Matches("What you see is \\d+ s old and stays", words);
        Assert.Equal("41", await browser.RunAsync("String(document.querySelectorAll('.tile').length)"));
        feed.Tell(cluster => cluster.Kill(member));

        feed.BeSilent(false);
        await browser.AwaitAsync(Tile(member, "dead"));
        await browser.AwaitAsync("document.getElementById('link-word').textContent === 'live' && document.getElementById('lost').hidden");
    }

    /// <summary>The stream goes on, and so would a picture that says "live" and is never drawn anew.</summary>
    [PeerFact("chromium")]
    public async Task While_questions_are_refused_the_page_says_so_though_the_stream_goes_on()
    {
        await using var feed = await StartAsync(41);
        await using var browser = await OpenAsync(feed);
        var member = feed.Cluster.Members[8];

        feed.Refuse(true);
        feed.Tell(cluster => cluster.Kill(member));
        await browser.AwaitAsync("document.getElementById('link-word').textContent === 'refused' && !document.getElementById('lost').hidden");
        Assert.Matches("refuses: Sign in again\\. What you see is \\d+ s old and stays", await browser.RunAsync("document.getElementById('lost').textContent"));

        feed.Refuse(false);
        await browser.AwaitAsync(Tile(member, "dead"));
        await browser.AwaitAsync("document.getElementById('link-word').textContent === 'live' && document.getElementById('lost').hidden");
    }

    [PeerFact("chromium")]
    public async Task What_another_process_calls_itself_is_shown_as_text()
    {
        const string Name = "<img src=x onerror=document.title='run'>";
        await using var feed = await SimulatedFeed.StartAsync(new SimulatedCluster(41, 3, 1, DateTimeOffset.UtcNow, Name), PageDocument.Serve);
        await using var browser = await OpenAsync(feed);

        feed.Tell(cluster => cluster.Kill(cluster.Members[^1]));
        await browser.AwaitAsync(Tile(feed.Cluster.Members[^1], "dead"));
        foreach (var view in Views.Append($"members/{Uri.EscapeDataString(Name)}"))
        {
            await GoAsync(browser, view);
            Assert.Equal("0", await browser.RunAsync("String(document.querySelectorAll('img').length)"));
        }

        Assert.Equal(Name, await browser.RunAsync("document.querySelector('h1').textContent"));
        Assert.Empty(browser.Errors);
    }

    [PeerFact("chromium")]
    public async Task Every_view_has_an_address_and_fits_a_phone_and_a_wall()
    {
        await using var feed = await StartAsync(41);
        await using var browser = await OpenAsync(feed);
        foreach (var (width, height) in ((int, int)[])[(375, 812), (3840, 2160)])
        {
            await browser.LookAsync(width, height, "light");
            foreach (var view in Views)
            {
                await GoAsync(browser, view);
                Assert.Equal($"{view}: 0", $"{view}: " + await browser.RunAsync("String(document.documentElement.scrollWidth - document.documentElement.clientWidth)"));
            }
        }

        Assert.Empty(browser.Errors);
    }

    [PeerFact("chromium")]
    public async Task Beyond_two_hundred_members_a_zone_shows_counts_and_who_is_not_well()
    {
        await using var feed = await StartAsync(700);
        await using var browser = await OpenAsync(feed);

        feed.Tell(cluster => cluster.Kill(cluster.Members[8]));
        await browser.AwaitAsync(Tile(feed.Cluster.Members[8], "dead"));

        Assert.InRange(int.Parse(await browser.RunAsync("String(document.querySelectorAll('.tile').length)")), 2, 200);
        Assert.Contains("1 dead", await browser.RunAsync("[...document.querySelectorAll('.tally')].map(one => one.textContent).join()"));
        Assert.Matches("\\d+ more", await browser.RunAsync("document.querySelector('.zone .more').textContent"));
    }

    [PeerFact("chromium")]
    public async Task The_keyboard_finds_a_service_and_leads_there()
    {
        await using var feed = await StartAsync(41);
        await using var browser = await OpenAsync(feed);

        await browser.PressAsync("/", "/");
        await browser.AwaitAsync("document.activeElement.id === 'find'");
        foreach (var letter in "ledg")
            await browser.PressAsync($"{letter}", $"{letter}");
        await browser.AwaitAsync("document.querySelector('#found [aria-selected=true]')?.textContent.includes('ledger')");
        await browser.PressAsync("Enter", "\r");
        await browser.AwaitAsync("location.hash === '#/services/ledger' && document.querySelector('h1').textContent === 'ledger'");
        Assert.Equal("main", await browser.RunAsync("document.activeElement.id"));
    }

    [PeerFact("chromium", "axe-core")]
    public async Task Axe_finds_no_violation_in_light_and_dark()
    {
        var axe = await File.ReadAllTextAsync(Environment.GetEnvironmentVariable("GOSSIP_AXE_CORE")!);
        await using var feed = await StartAsync(41);
        await using var browser = await OpenAsync(feed);
        await browser.RunAsync(axe + "\n'loaded'");
        foreach (var scheme in (string[])["light", "dark"])
        {
            await browser.LookAsync(1440, 900, scheme);
            foreach (var view in Views)
            {
                await GoAsync(browser, view);
                var found = await browser.RunAsync(
                    "axe.run().then(all => all.violations.map(one => one.id + ' ' + one.nodes.map(node => node.target + ' ' + node.failureSummary)).join('; '))");
                Assert.Equal($"{scheme} {view}: ", $"{scheme} {view}: {found}");
            }
        }
    }

    internal static async Task<SimulatedFeed> StartAsync(int members)
    {
        var cluster = new SimulatedCluster(members, members <= 3 ? 1 : members <= 41 ? 3 : 4, 11, DateTimeOffset.UtcNow.AddMinutes(-5));
        for (var step = 0; step < 60; step++)
            cluster.Sample(TimeSpan.FromSeconds(5));
        return await SimulatedFeed.StartAsync(cluster, PageDocument.Serve);
    }

    internal static async Task<Chromium> OpenAsync(SimulatedFeed feed)
    {
        var browser = await Chromium.StartAsync();
        await browser.LookAsync(1440, 900, "light");
        await browser.OpenAsync(feed.Page);
        await browser.AwaitAsync("document.documentElement.dataset.revision && document.getElementById('link-word').textContent === 'live'");
        await Eventually.HoldsAsync(() => feed.Subscribers > 0, "the page follows the events");
        return browser;
    }

    internal static async Task GoAsync(Chromium browser, string view)
    {
        await browser.RunAsync($"location.hash = '#/{view}'");
        await browser.AwaitAsync("document.querySelector('main h1').textContent !== '' && !/being asked|being collected|being examined/.test(document.querySelector('main').textContent)");
    }

    private static string Tile(SimulatedMember member, string state) =>
        $"document.querySelector('.tile[data-id=\"{member.Id}\"]')?.textContent.includes(', {state}')";
}
