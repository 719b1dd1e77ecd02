using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Gossip.AspNetCore.Page;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>The document itself, without a browser.</summary>
public sealed partial class PageTests
{
    [Fact]
    public async Task The_page_is_one_document_whose_policy_names_its_only_style_and_script()
    {
        await using var feed = await SimulatedFeed.StartAsync(new SimulatedCluster(3, 1, 1, DateTimeOffset.UnixEpoch), PageDocument.Serve);
        using var answer = await AskAsync(feed);
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; ", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal([HashOf(Script().Match(page).Groups[1].Value)], Directive(policy, "script-src"));
        Assert.Equal([HashOf(Style().Match(page).Groups[1].Value)], Directive(policy, "style-src"));
        Assert.Equal(["'self'"], Directive(policy, "connect-src"));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task The_page_loads_nothing_else_and_has_no_handler_or_style_in_its_elements()
    {
        await using var feed = await SimulatedFeed.StartAsync(new SimulatedCluster(3, 1, 1, DateTimeOffset.UnixEpoch), PageDocument.Serve);
        using var answer = await AskAsync(feed);
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Single(Script().Matches(page));
        Assert.Empty(Loading().Matches(page));
        Assert.Empty(Inline().Matches(Script().Replace(page, "")));
        // Text of other processes goes in as text: nothing in the script makes elements of it.
        Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function", page);
    }

    [Fact]
    public async Task A_copy_that_is_still_the_one_is_not_sent_again()
    {
        await using var feed = await SimulatedFeed.StartAsync(new SimulatedCluster(3, 1, 1, DateTimeOffset.UnixEpoch), PageDocument.Serve);
        using var first = await AskAsync(feed);
        using var second = await AskAsync(feed, first.Headers.ETag);
        using var other = await AskAsync(feed, new EntityTagHeaderValue("\"other\""));

        Assert.False(first.Headers.ETag!.IsWeak);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal("Accept", first.Headers.Vary.Single());
        Assert.True(first.Headers.CacheControl!.NoCache);
    }

    private static async Task<HttpResponseMessage> AskAsync(SimulatedFeed feed, EntityTagHeaderValue? known = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, feed.Page);
        request.Headers.Accept.ParseAdd("text/html");
        if (known is not null)
            request.Headers.IfNoneMatch.Add(known);
        return await http.SendAsync(request, Eventually.Patience());
    }

    private static string[] Directive(string policy, string name) =>
        policy.Split("; ").Select(part => part.Split(' ')).Single(words => words[0] == name)[1..];

    private static string HashOf(string content) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";

    [GeneratedRegex("<script type=\"module\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("""<(script|img|iframe|object|embed)[^>]* src=|<link[^>]* href="(?!data:)|@import|url\((?!#)""", RegexOptions.IgnoreCase)]
    private static partial Regex Loading();

    [GeneratedRegex("""\s(on[a-z]+|style)=["']""", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}
