using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Gossip.AspNetCore.Tests.Access;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests.Administration;

/// <summary>The orders that an operator may give, and who may give them.</summary>
public sealed class AdminTests : IDisposable
{
    private readonly AuditLog _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_policy_the_application_does_not_start_and_says_which_line_to_write(bool isAnonymous)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestApp.StartAsync("payments", map: app =>
        {
            app.MapGossip();
            var group = app.MapGossipAdmin();
            if (isAnonymous)
                group.RequireAuthorization().AllowAnonymous();
        }));

        Assert.Contains("app.MapGossipAdmin().RequireAuthorization(\"operators\")", error.Message);
    }

    [Fact]
    public async Task A_policy_of_a_group_around_it_counts()
    {
        await using var app = await StartAsync(app => app.MapGroup("/ops").RequireAuthorization("operators").MapGossipAdmin());
        using var http = Client(app);

        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/ops/gossip/drain", null)).StatusCode);
    }

    [Fact]
    public async Task Operators_drain_and_resume_and_the_audit_has_it()
    {
        await using var app = await StartAsync(app => app.MapGossipAdmin().RequireAuthorization("operators"));
        using var http = Client(app);

        Assert.Equal(HttpStatusCode.Unauthorized, await OrderAsync(http, "drain"));
        await SignInAsync(http, "guest");
        Assert.Equal(HttpStatusCode.Forbidden, await OrderAsync(http, "drain"));
        await SignInAsync(http, "operator");

        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "drain", "{\"reason\":\"disk is full\"}"));
        await app.SeesAsync("payments", one => one is { State: ServiceState.Draining, Reason: "disk is full" });
        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "drain"));
        Assert.Equal("disk is full", app.Own.Record.Reason);
        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "resume"));
        await app.SeesAsync("payments", one => one is { State: ServiceState.Ready, Reason: null });
        Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(http, "resume"));

        Assert.Contains(_log.Audit, line => line.Contains("has drained the instances of this process at /gossip/drain: disk is full", StringComparison.Ordinal));
        Assert.Contains(_log.Audit, line => line.Contains("has the instances of this process take calls again at /gossip/resume", StringComparison.Ordinal));
        Assert.Contains(_log.Audit, line => line.Contains("was not done: No instance of this process was drained here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_order_for_another_node_is_not_obeyed()
    {
        await using var app = await StartAsync(app => app.MapGossipAdmin().RequireAuthorization("operators"));
        using var http = Client(app);
        await SignInAsync(http, "operator");
        var id = app.Discovery.Current.Members.Single(member => member.IsSelf).Id;

        foreach (var path in (string[])["drain", "resume"])
            Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(http, path, "{\"node\":\"1\"}"));
        Assert.Equal(ServiceState.Ready, app.Own.Record.State);
        Assert.Contains(_log.Audit, line => line.Contains("The order is for another node", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "drain", $"{{\"node\":\"{id}\"}}"));
    }

    [Fact]
    public async Task What_the_application_itself_drains_is_not_resumed_and_a_process_without_instances_has_nothing_to_drain()
    {
        await using var app = await StartAsync(app => app.MapGossipAdmin().RequireAuthorization("operators"));
        using var http = Client(app);
        await SignInAsync(http, "operator");
        await app.Own.DrainAsync("the application's own reason");

        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "drain"));
        Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(http, "resume"));
        Assert.Equal("the application's own reason", app.Own.Record.Reason);

        await app.Own.DisposeAsync();
        using var answer = await SendAsync(http, "drain", "");
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("no instance", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("{\"raeson\":\"x\"}", "raeson")]
    [InlineData("[", "Write {\"reason\"")]
    [InlineData("{\"reason\":\"a\\nb\"}", "reason is not fit to be told")]
    public async Task An_order_that_is_not_understood_is_not_done(string order, string words)
    {
        await using var app = await StartAsync(app => app.MapGossipAdmin().RequireAuthorization("operators"));
        using var http = Client(app);
        await SignInAsync(http, "operator");

        using var answer = await SendAsync(http, "drain", order);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(http, "drain", $"{{\"reason\":\"{new string('x', 5_000)}\"}}")).StatusCode);
        Assert.Equal(ServiceState.Ready, app.Own.Record.State);
    }

    [Fact]
    public async Task A_page_of_another_origin_gives_no_orders_with_the_cookies_of_its_visitor()
    {
        await using var app = await StartAsync(app => app.MapGossipAdmin().RequireAuthorization("operators"));
        using var http = Client(app);
        await SignInAsync(http, "operator");
        http.DefaultRequestHeaders.Add("Origin", "http://evil.example");

        Assert.Equal(HttpStatusCode.Forbidden, await OrderAsync(http, "drain"));
        Assert.Equal(ServiceState.Ready, app.Own.Record.State);
    }

    [Fact]
    public async Task The_health_checks_do_not_drain_again_what_was_resumed()
    {
        var runs = 0;
        await using var app = await StartAsync(
            app => app.MapGossipAdmin().RequireAuthorization("operators"),
            builder => builder.Services.AddHealthChecks().AddCheck("fine", () =>
            {
                Interlocked.Increment(ref runs);
                return HealthCheckResult.Healthy();
            }),
            options => options.Health.Period = TimeSpan.FromMilliseconds(100));
        using var http = Client(app);
        await SignInAsync(http, "operator");
        await app.SeesAsync("payments", one => one.State == ServiceState.Ready);

        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "drain"));
        await MoreAsync();
        Assert.Equal(HttpStatusCode.NoContent, await OrderAsync(http, "resume"));
        await MoreAsync();

        Assert.Equal(ServiceState.Ready, app.Own.Record.State);

        async Task MoreAsync()
        {
            var before = Volatile.Read(ref runs);
            await Eventually.HoldsAsync(() => Volatile.Read(ref runs) >= before + 3, "the checks have run again");
        }
    }

    private static HttpClient Client(TestApp app) => new() { BaseAddress = new Uri(app.App.Urls.First()) };

    private static async Task SignInAsync(HttpClient http, string role)
    {
        using var answer = await http.PostAsync($"/login?role={role}", null);
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    private static async Task<HttpStatusCode> OrderAsync(HttpClient http, string order, string? body = null)
    {
        using var answer = await SendAsync(http, order, body);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, string order, string? body) =>
        http.PostAsync($"/gossip/{order}", string.IsNullOrEmpty(body) ? null : new StringContent(body, Encoding.UTF8, "application/json"));

    private Task<TestApp> StartAsync(
        Action<WebApplication> map, Action<WebApplicationBuilder>? build = null, Action<GossipOptions>? configure = null) => TestApp.StartAsync(
        "payments",
        configure: configure,
        build: builder =>
        {
            build?.Invoke(builder);
            builder.Logging.AddProvider(_log);
            builder.Services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken();
            builder.Services.AddAuthorizationBuilder().AddPolicy("operators", policy => policy.RequireRole("operator"));
        },
        map: app =>
        {
            map(app);
            app.MapPost("/login", (string role) => Results.SignIn(
                new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, role)], BearerTokenDefaults.AuthenticationScheme)),
                authenticationScheme: BearerTokenDefaults.AuthenticationScheme));
        });
}
