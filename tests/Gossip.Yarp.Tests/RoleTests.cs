using System.Security.Claims;
using System.Text.Encodings.Web;
using Gossip.AspNetCore.Tests.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Tests;

/// <summary>The roles that a service declares, asked for at the gateway.</summary>
public sealed class RoleTests
{
    [Fact]
    public async Task Callers_need_a_role_that_the_service_declares_at_the_time_of_the_call()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync(build: Authenticate);
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port, change: record => record with { AuthorizedRoles = ["clerk", "auditor"] });
        await gateway.HasAsync("payments", 1);

        Assert.Equal(("401", "403", "paid"), (await AskAsync(gateway), await AskAsync(gateway, "guest"), await AskAsync(gateway, "clerk")));

        await payments.UpdateAsync(record => record with { AuthorizedRoles = ["guest"] });
        Assert.Equal(("paid", "403"), (await AskAsync(gateway, "guest"), await AskAsync(gateway, "clerk")));
        await payments.UpdateAsync(record => record with { AuthorizedRoles = [] });
        Assert.Equal("paid", await AskAsync(gateway));
    }

    [Fact]
    public async Task Where_nobody_authenticates_callers_of_a_service_with_roles_are_refused()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync();
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port, change: record => record with { AuthorizedRoles = ["clerk"] });
        await gateway.HasAsync("payments", 1);

        Assert.Equal("403", await AskAsync(gateway, "clerk"));
    }

    /// <summary>YARP may have chosen it just before, and where there is only one it asks no policy.</summary>
    [Fact]
    public async Task An_instance_that_takes_no_calls_any_more_is_protected_all_the_same()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync(
            options => options.AddCluster("payments", configure: cluster => cluster with
            {
                LoadBalancingPolicy = "RoundRobin", HealthCheck = new HealthCheckConfig { AvailableDestinationsPolicy = "HealthyOrPanic" },
            }),
            build: Authenticate);
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port, change: record => record with { AuthorizedRoles = ["clerk"] });
        await gateway.HasAsync("payments", 1);
        Assert.Equal("401", await AskAsync(gateway));

        await payments.DrainAsync();

        await Eventually.HoldsAsync(() => gateway.App.Discovery.GetInstances("payments").Count == 0, "it takes no calls");
        Assert.NotEqual("paid", await AskAsync(gateway));
    }

    [Fact]
    public async Task It_can_be_left_to_the_services()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync(options => options.EnforceRoles = false);
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port, change: record => record with { AuthorizedRoles = ["clerk"] });
        await gateway.HasAsync("payments", 1);

        Assert.Equal("paid", await AskAsync(gateway));
    }

    private static void Authenticate(WebApplicationBuilder builder) =>
        builder.Services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderScheme>("header", null);

    private static async Task<string> AskAsync(Gateway gateway, string? role = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (role is not null)
            request.Headers.Add("X-Role", role);
        using var answer = await gateway.Client.SendAsync(request);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}";
    }

    /// <summary>Believes what the caller says.</summary>
    private sealed class HeaderScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-Role"] is not [{ Length: > 0 } role])
                return Task.FromResult(AuthenticateResult.NoResult());
            var who = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, role)], "header"));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(who, "header")));
        }
    }
}
