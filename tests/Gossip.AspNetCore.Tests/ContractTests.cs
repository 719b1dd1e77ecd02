using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests;

/// <summary>What a service declares in the registry, and what comes of it: who may call, and who depends on whom.</summary>
public sealed class ContractTests
{
    [Fact]
    public async Task Callers_need_a_role_that_the_own_instance_declares_and_a_change_counts_at_once()
    {
        await using var app = await StartAsync(options => options.Service.AuthorizedRoles = ["clerk", "auditor"]);
        using var http = Client(app);
        var (clerk, guest) = (await LoginAsync(http, "clerk"), await LoginAsync(http, "guest"));

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(http, "/own", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(http, "/own", "no-token"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(http, "/own", guest));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/own", clerk));

        await app.Own.UpdateAsync(record => record with { AuthorizedRoles = ["guest"] });
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/own", guest));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(http, "/own", clerk));

        await app.Own.UpdateAsync(record => record with { AuthorizedRoles = [] });
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/own", clerk));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(http, "/own", null));
    }

    [Fact]
    public async Task A_process_that_registers_nothing_asks_for_the_roles_that_are_configured()
    {
        await using var app = await StartAsync(options => (options.Service.Register, options.Service.AuthorizedRoles) = (false, ["clerk"]));
        using var http = new HttpClient { BaseAddress = new Uri(app.App.Urls.First()) };
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/own", await LoginAsync(http, "clerk")));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(http, "/own", await LoginAsync(http, "guest")));
    }

    [Fact]
    public async Task A_gateway_asks_for_the_roles_of_the_service_behind_it_and_lets_nobody_in_while_it_knows_none()
    {
        await using var app = await StartAsync(_ => { });
        using var http = Client(app);
        var (clerk, both) = (await LoginAsync(http, "clerk"), await LoginAsync(http, "clerk,auditor"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(http, "/payments", both));

        var registrar = app.App.Services.GetRequiredService<IServiceRegistrar>();
        await registrar.RegisterAsync(new ServiceRecord { InstanceId = "p1", Service = "payments", AuthorizedRoles = ["clerk"] });
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/payments", clerk));
        await registrar.RegisterAsync(new ServiceRecord { InstanceId = "p2", Service = "payments", AuthorizedRoles = ["auditor"] });
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(http, "/payments", clerk));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/payments", both));
    }

    [Fact]
    public async Task The_graph_tells_who_depends_on_whom_what_is_missing_and_what_goes_in_circles()
    {
        await using var app = await StartAsync(options => options.Service.DependsOn = ["payments", "stock"]);
        var registrar = app.App.Services.GetRequiredService<IServiceRegistrar>();
        await registrar.RegisterAsync(new ServiceRecord { InstanceId = "p1", Service = "payments", DependsOn = ["orders"], State = ServiceState.Starting });
        using var http = Client(app);

        var graph = await http.GetFromJsonAsync<JsonElement>("/gossip/graph");

        Assert.Equal(
            ["orders 1/1 needs payments,stock; needed by payments", "payments 0/1 needs orders; needed by orders"],
            graph.GetProperty("services").EnumerateArray().Select(one =>
                $"{one.GetProperty("name")} {one.GetProperty("ready")}/{one.GetProperty("instances")} needs {List(one, "dependsOn")}; needed by {List(one, "dependents")}"));
        Assert.Equal(["stock: orders"], graph.GetProperty("missing").EnumerateArray().Select(one => $"{one.GetProperty("name")}: {List(one, "neededBy")}"));
        Assert.Equal(["orders", "payments"], graph.GetProperty("cycles")[0].EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public async Task The_page_shows_all_that_an_instance_declares()
    {
        await using var app = await StartAsync(options =>
        {
            options.Service.DependsOn = ["payments"];
            options.Service.AuthorizedRoles = ["clerk"];
            options.Service.Region = "eu";
            options.Service.Environment = "Blue";
            options.Service.Endpoints = ["rpc=http://*:1;protocol=grpc"];
        });
        await app.Own.UpdateAsync(record => record with { State = ServiceState.Degraded, Reason = "cold" });
        using var http = new HttpClient { BaseAddress = new Uri(app.App.Urls.First()) };

        var page = await http.GetFromJsonAsync<JsonElement>("/gossip");

        var shown = page.GetProperty("services")[0].GetProperty("instances")[0];
        Assert.Equal("cold eu Blue", $"{shown.GetProperty("reason")} {shown.GetProperty("region")} {shown.GetProperty("environment")}");
        Assert.Equal(("payments", "clerk", Environment.MachineName), (List(shown, "dependsOn"), List(shown, "authorizedRoles"), shown.GetProperty("host").GetString()));
        Assert.Equal("grpc", shown.GetProperty("endpoints")[0].GetProperty("protocol").GetString());
    }

    private static string List(JsonElement parent, string name) => string.Join(',', parent.GetProperty(name).EnumerateArray().Select(one => one.GetString()));

    private static HttpClient Client(TestApp app) => new() { BaseAddress = app.Discovery.GetInstances("orders")[0].Uri };

    private static async Task<string> LoginAsync(HttpClient http, string roles)
    {
        using var answer = await http.PostAsync($"/login?roles={roles}", null);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient http, string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static Task<TestApp> StartAsync(Action<GossipOptions> configure) => TestApp.StartAsync(
        "orders",
        configure: configure,
        build: builder =>
        {
            builder.Services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken();
            builder.Services.AddAuthorization();
        },
        map: app =>
        {
            app.MapGossip();
            app.MapPost("/login", (string roles) => Results.SignIn(
                new ClaimsPrincipal(new ClaimsIdentity(roles.Split(',').Select(role => new Claim(ClaimTypes.Role, role)), BearerTokenDefaults.AuthenticationScheme)),
                authenticationScheme: BearerTokenDefaults.AuthenticationScheme));
            app.MapGroup("/own").RequireDiscoveredRoles().MapGet("", () => "welcome");
            app.MapGet("/payments", () => "welcome").RequireDiscoveredRoles("PAYMENTS");
        });
}
