using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>What a real browser sends by itself: the cookie of a link, and where a request comes from.</summary>
public sealed class ChromiumTests : TokenTests
{
    private const string Members = "\"members\":";

    [PeerFact("chromium")]
    public async Task A_link_signs_a_browser_in_and_a_page_of_another_origin_sees_nothing_by_that()
    {
        await using var app = await StartAsync(map: app => app.MapGet("/mine", () => Results.Text("mine", "text/html")));
        await using var other = await StartAsync(map: app => app.MapGet("/evil", () => Results.Text("evil", "text/html")), pattern: null);
        await using var browser = await Chromium.StartAsync();
        var (root, page) = (new Uri(Address(app), "/gossip"), new Uri(Address(app), "/gossip/members"));

        Assert.Contains("it brings no token", await browser.OpenAsync(page));
        await browser.OpenAsync(new Uri(Address(app), await LinkAsync(app)));
        Assert.Equal(root.ToString(), (await browser.RunAsync("location.href")).Split('#')[0]);
        Assert.Contains(Members, await browser.OpenAsync(page));
        Assert.Equal("", await browser.RunAsync("document.cookie"));
        Assert.Equal("mine", await browser.OpenAsync(new Uri(Address(app), "/mine")));
        Assert.Contains(Members, await browser.RunAsync(Fetch(page, "same-origin")));

        // Another port of the same host is the same site: the cookie is sent, and the server refuses.
        Assert.Equal("evil", await browser.OpenAsync(new Uri(Address(other), "/evil")));
        foreach (var mode in (string[])["cors", "no-cors"])
            Assert.DoesNotContain(Members, await browser.RunAsync(Fetch(page, mode)));
        Assert.Equal(2, Log.Audit.Count(line => line.EndsWith("a page of another origin asks", StringComparison.Ordinal)));
    }

    /// <summary>In Development, without a login: a browser of this machine is answered, and a page of another origin is not.</summary>
    [PeerFact("chromium")]
    public async Task In_Development_a_browser_is_answered_and_a_page_of_another_origin_is_not()
    {
        await using var app = await StartAsync("Development");
        await using var other = await StartAsync(map: app => app.MapGet("/evil", () => Results.Text("evil", "text/html")), pattern: null);
        await using var browser = await Chromium.StartAsync();
        var page = new Uri(Address(app), "/gossip/members");

        Assert.Contains(Members, await browser.OpenAsync(page));

        Assert.Equal("evil", await browser.OpenAsync(new Uri(Address(other), "/evil")));
        foreach (var mode in (string[])["cors", "no-cors"])
            Assert.DoesNotContain(Members, await browser.RunAsync(Fetch(page, mode)));
        Assert.Equal(2, Log.Audit.Count(line => line.EndsWith("a page of another origin asks", StringComparison.Ordinal)));
    }

    private static string Fetch(Uri page, string mode) =>
        $"fetch('{page}', {{ mode: '{mode}', credentials: 'include' }}).then(answer => answer.text(), failure => 'failed: ' + failure)";
}
