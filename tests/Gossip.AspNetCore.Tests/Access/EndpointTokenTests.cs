using Gossip.Bootstrap;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>
/// Who may look where it is not Development: whoever has the token, which lies in a file that only the user of the process may read.
/// </summary>
public sealed class EndpointTokenTests : TokenTests
{
    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Testing")]
    public async Task Nobody_is_let_in_without_the_token_and_who_has_it_is(string environment)
    {
        await using var app = await StartAsync(environment);

        Assert.False((await GetAsync(app, "/gossip")).ShowsMembers);
        Assert.False((await RawHttp.SendAsync(Address(app), "GET /gossip HTTP/1.0", "X-Forwarded-For: 127.0.0.1")).ShowsMembers);
        Assert.False((await BringAsync(app, new string('0', Token.Length))).ShowsMembers);
        Assert.False((await BringAsync(app, Token[..^1])).ShowsMembers);
        Assert.False((await BringAsync(app, "")).ShowsMembers);
        Assert.True((await BringAsync(app, Token)).ShowsMembers);
        foreach (var part in (string[])["", "/doctor", "/graph", "/why/nobody"])
            Assert.Equal(401, (await GetAsync(app, $"/gossip{part}")).Status);
    }

    /// <summary>Nothing but the connection tells callers apart there: who has the token is let in by whatever way he came.</summary>
    [Fact]
    public async Task The_token_counts_in_Development_and_through_a_proxy_too()
    {
        await using var app = await StartAsync("Development");
        Assert.Equal(401, (await GetAsync(app, "/gossip", "Via: 1.1 proxy")).Status);

        Assert.True((await GetAsync(app, "/gossip", "Via: 1.1 proxy", $"Authorization: bearer {Token}")).ShowsMembers);
    }

    [Fact]
    public async Task The_refusal_says_what_to_do_in_a_line_for_the_shell()
    {
        await using var app = await StartAsync();

        var answer = await GetAsync(app, "/gossip");

        Assert.Equal(401, answer.Status);
        Assert.StartsWith("Bearer", answer.Header("WWW-Authenticate"));
        Assert.Contains($"curl --oauth2-bearer $(cat {TokenFile}) {Address(app)}gossip .", answer.Text);
        Assert.Contains("app.MapGossip().RequireAuthorization()", answer.Text);
        Assert.DoesNotContain(Token, answer.Text);
        await using var far = await StartAsync(isFar: true);
        Assert.DoesNotContain(Folder, (await GetAsync(far, "/gossip")).Text);
    }

    [PeerFact("curl")]
    public async Task The_lines_for_the_shell_work_in_one()
    {
        await using var app = await StartAsync();
        var refused = await GetAsync(app, "/gossip");
        var line = refused.Text[refused.Text.IndexOf("curl ", StringComparison.Ordinal)..refused.Text.IndexOf(" . ", StringComparison.Ordinal)];

        Assert.Contains("\"members\":", await ChildProcess.RunAsync("sh", "-c", $"{line} --no-progress-meter"));
        var header = $"curl -s -H \"Authorization: Bearer $(cat {TokenFile})\" {Address(app)}gossip";
        Assert.Contains("\"members\":", await ChildProcess.RunAsync("sh", "-c", header));
        var link = await ChildProcess.RunAsync("sh", "-c", $"{line}/login -X POST --no-progress-meter");
        Assert.Contains("\"members\":", await ChildProcess.RunAsync("curl", "-s", "-L", "-c", Path.Combine(Folder, "cookies"), link.Trim()));
    }

    [Fact]
    public async Task Nothing_that_a_caller_wrote_gets_into_the_line_for_the_shell()
    {
        await using var app = await StartAsync();

        var answer = await GetAsync(app, "/gossip/why/$(reboot)", "Host: $(reboot)", "X-Forwarded-Host: $(reboot)");

        Assert.Equal(401, answer.Status);
        Assert.Contains($"127.0.0.1:{Address(app).Port}/", answer.Text);
        Assert.DoesNotContain("reboot", answer.Text);
    }

    [Fact]
    public async Task The_log_names_the_file_once_and_never_the_token()
    {
        await using var app = await StartAsync();
        for (var i = 0; i < 3; i++)
            await GetAsync(app, "/gossip", $"Authorization: Bearer {Token}x");
        await BringAsync(app, Token);

        var told = Assert.Single(Log.All, line => line.Contains(TokenFile, StringComparison.Ordinal));
        Assert.EndsWith($"curl --oauth2-bearer $(cat {TokenFile}) {Address(app)}gossip", told);
        Assert.DoesNotContain(Log.All, line => line.Contains(Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_file_is_for_the_user_alone_one_for_each_process_and_gone_with_it()
    {
        await using (var app = await StartAsync(map: app => app.MapGossip("/ops/gossip")))
        {
            Assert.Equal(64, Token.Length);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(("600", "700"), (Octal(File.GetUnixFileMode(TokenFile)), Octal(File.GetUnixFileMode(Folder))));
            var first = Token;
            await using var other = await StartAsync();
            Assert.Equal(2, TokenFiles.Select(File.ReadAllText).Distinct().Count());
            Assert.False((await BringAsync(other, first)).ShowsMembers);
            Assert.True((await GetAsync(app, "/ops/gossip", $"Authorization: Bearer {first}")).ShowsMembers);
        }

        Assert.Empty(Directory.GetFiles(Folder, "endpoint-*"));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_removed_and_what_was_tidied_away_is_there_again()
    {
        Assert.Null(new MachineDirectory(Folder).Prepare());
        await File.WriteAllTextAsync(Path.Combine(Folder, "endpoint-1-00000000.token"), "old");
        await using var app = await StartAsync();
        var token = Token;

        File.Delete(TokenFile);
        Assert.Equal(401, (await GetAsync(app, "/gossip")).Status);

        Assert.Equal(token, Token);
    }

    [Fact]
    public async Task A_folder_that_others_may_use_is_not_used_and_the_answer_says_which_line_to_add()
    {
        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateDirectory(Folder, (UnixFileMode)0b111_101_101);
        await using var app = await StartAsync();

        var answer = await GetAsync(app, "/gossip");

        Assert.Equal((403, null), (answer.Status, answer.Header("WWW-Authenticate")));
        Assert.Contains("its mode is 755", answer.Text);
        Assert.Contains("app.MapGossip().RequireAuthorization()", answer.Text);
        Assert.Contains("docker run --tmpfs /tmp", answer.Text);
        Assert.Empty(Directory.GetFiles(Folder));
        Assert.Contains(Log.All, line => line.Contains("app.MapGossip().RequireAuthorization()", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_application_decides_the_token_opens_nothing_there_is_no_login_and_no_file()
    {
        await using var app = await StartAsync(
            map: app => app.MapGossip("/mine").RequireAuthorization(),
            build: builder =>
            {
                builder.Services.AddAuthentication("Bearer").AddBearerToken("Bearer");
                builder.Services.AddAuthorization();
            },
            pattern: null);
        Assert.Empty(TokenFiles);

        foreach (var request in (string[])["GET /mine", "POST /mine/login", "GET /mine/login?code=1"])
            Assert.Equal(401, (await RawHttp.SendAsync(Address(app), $"{request} HTTP/1.1", "Content-Length: 0")).Status);
        await using var open = await StartAsync(map: app => app.MapGossip("/open").AllowAnonymous(), pattern: null);
        Assert.True((await GetAsync(open, "/open", "Origin: https://dashboard.example", "Via: 1.1 proxy")).ShowsMembers);
        Assert.Equal(404, (await PostAsync(open, "/open/login")).Status);
    }

    [Fact]
    public async Task Refusals_and_logins_are_audited_and_looks_are_not()
    {
        await using var app = await StartAsync();
        await GetAsync(app, "/gossip/why/a%0AForged%20line");
        await GetAsync(app, "/gossip", "Authorization: Bearer wrong");
        await CookieAsync(app);
        await BringAsync(app, Token);

        Assert.Equal(
            [
                "127.0.0.1 was refused at /gossip/why/{member}: it brings no token",
                "127.0.0.1 was refused at /gossip: the token that it brings is not that of this process",
                "127.0.0.1, who has the token, got a link at /gossip/login that signs a browser in",
                "127.0.0.1 has signed a browser in at /gossip/login",
            ],
            Log.Audit);
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);
}
