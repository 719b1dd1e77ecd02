namespace Gossip.AspNetCore.Tests.Access;

/// <summary>A browser sends no token: who has it asks for a link, and whoever opens that gets a cookie.</summary>
public sealed class EndpointLoginTests : TokenTests
{
    [Fact]
    public async Task A_link_signs_a_browser_in_once()
    {
        await using var app = await StartAsync();
        var link = await LinkAsync(app);

        var signedIn = await GetAsync(app, link);
        Assert.Equal((302, "/gossip", "no-store", "no-referrer"),
            (signedIn.Status, signedIn.Header("Location"), signedIn.Header("Cache-Control"), signedIn.Header("Referrer-Policy")));
        var cookie = signedIn.Header("Set-Cookie")!.Split("; ");
        Assert.Equal(["httponly", "path=/gossip", "samesite=strict"], cookie.Skip(1).Select(part => part.ToLowerInvariant()).Order());
        Assert.DoesNotContain(Token, signedIn.Text);

        Assert.Equal(401, (await GetAsync(app, link)).Status);
        Assert.True((await GetAsync(app, "/gossip", $"Cookie: {cookie[0]}", "Sec-Fetch-Site: none")).ShowsMembers);
        Assert.True((await GetAsync(app, "/gossip", $"Cookie: {cookie[0]}", "Sec-Fetch-Site: same-origin")).ShowsMembers);
    }

    /// <summary>To a browser another port of the same host is the same site, so it sends the cookie along.</summary>
    [Theory]
    [InlineData("Sec-Fetch-Site: same-site")]
    [InlineData("Origin: http://127.0.0.1:1")]
    [InlineData("Origin: https://evil.example")]
    public async Task A_cookie_does_not_open_the_page_to_a_page_of_another_origin(string line)
    {
        await using var app = await StartAsync();
        var cookie = await CookieAsync(app);

        Assert.Equal(403, (await GetAsync(app, "/gossip", $"Cookie: {cookie}", line)).Status);
    }

    [Fact]
    public async Task A_cookie_that_was_changed_opens_nothing_and_gets_no_link()
    {
        await using var app = await StartAsync();
        await using var other = await StartAsync();
        var cookie = await CookieAsync(app);
        var (name, value) = (cookie.Split('=')[0], cookie.Split('=')[1]);
        var (end, seal) = (value.Split('.')[0], value.Split('.')[1]);

        var longer = $"{end}9.{seal}";
        foreach (var forged in (string[])[longer, $"{end}.", $"{end}", "", $".{seal}", $"{value}.{seal}", $"{end}.{new string('0', 64)}"])
            Assert.Equal(401, (await GetAsync(app, "/gossip", $"Cookie: {name}={forged}")).Status);
        Assert.Equal(401, (await GetAsync(other, "/gossip", $"Cookie: {cookie}")).Status);
        Assert.Equal(401, (await PostAsync(app, "/gossip/login", $"Cookie: {cookie}")).Status);
    }

    [Fact]
    public async Task A_link_is_good_for_a_minute_and_a_cookie_for_a_day_of_work()
    {
        var time = new ManualTime();
        await using var app = await StartAsync(time: time);
        var late = await LinkAsync(app);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await GetAsync(app, late)).Status);

        var cookie = await CookieAsync(app);
        time.Advance(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(1));
        Assert.True((await GetAsync(app, "/gossip", $"Cookie: {cookie}")).ShowsMembers);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, (await GetAsync(app, "/gossip", $"Cookie: {cookie}")).Status);
    }

    [Fact]
    public async Task The_newest_link_counts_and_guesses_leave_it_as_it_is()
    {
        await using var app = await StartAsync();
        var (older, newer) = (await LinkAsync(app), await LinkAsync(app));

        Assert.Equal(401, (await GetAsync(app, older)).Status);
        foreach (var guess in (string[])["", "?code=", "?code=0", "?code=x&code=y"])
            Assert.Equal(401, (await GetAsync(app, $"/gossip/login{guess}")).Status);
        Assert.Contains("the answer to a POST", (await GetAsync(app, "/gossip/login")).Text, StringComparison.Ordinal);
        Assert.Contains("curl -X POST --oauth2-bearer", (await GetAsync(app, "/gossip/login")).Text, StringComparison.Ordinal);
        Assert.Equal(302, (await GetAsync(app, newer)).Status);
    }

    [Fact]
    public async Task Of_many_who_open_a_link_at_the_same_time_one_is_signed_in()
    {
        await using var app = await StartAsync();
        var link = await LinkAsync(app);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => GetAsync(app, link)));

        Assert.Single(answers, answer => answer.Status == 302);
    }
}
