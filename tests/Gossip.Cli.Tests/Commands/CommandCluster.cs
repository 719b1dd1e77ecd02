using Gossip.AspNetCore.Tests;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Cli.Tests.Commands;

/// <summary>
/// Two services in Production, each with its endpoint, its token and a machine directory that they share: orders, which needs payments and
/// stock, and payments, of which operators may drain it.
/// </summary>
public sealed class CommandCluster : IAsyncLifetime
{
    /// <summary>The token that the policy of operators accepts.</summary>
    public const string Token = "the-token-of-an-operator";

    private readonly TestFolder _folder = new();

    public string Folder => _folder["run"];

    internal TestApp Orders { get; private set; } = null!;

    internal TestApp Payments { get; private set; } = null!;

    internal string Write(string name, string text) => _folder.Write(name, text);

    public async Task InitializeAsync()
    {
        Orders = await TestApp.StartAsync("orders", configure: options =>
        {
            Configure(options, "orders-1");
            options.Service.DependsOn.Add("payments");
            options.Service.DependsOn.Add("stock");
        }, map: app => app.MapGossip(), environment: "Production");
        Payments = await TestApp.StartAsync(
            "payments",
            Orders,
            options =>
            {
                Configure(options, "payments-1");
                options.Zone = "east";
                options.Service.Version = "2.1.0";
                options.Service.Tags.Add("green");
            },
            builder => builder.Services.AddAuthorizationBuilder().AddPolicy(
                "operators", policy => policy.RequireAssertion(call => IsOperator((HttpContext)call.Resource!))).Services.AddAuthentication().AddBearerToken(),
            app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGossip();
                app.MapGossipAdmin().RequireAuthorization(new AuthorizeAttribute("operators") { AuthenticationSchemes = BearerTokenDefaults.AuthenticationScheme });
            },
            environment: "Production");
        await Orders.SeesAsync("payments", one => one.State == ServiceState.Ready);
        await Payments.SeesAsync("orders", one => one.State == ServiceState.Ready);
    }

    public async Task DisposeAsync()
    {
        await Payments.DisposeAsync();
        await Orders.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Asks the first node, orders.</summary>
    internal Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--directory", Folder, "--node", "orders-1"]);

    private void Configure(GossipOptions options, string name)
    {
        options.NodeName = name;
        options.MachineDirectory = Folder;
        options.AddressBook = "none";
    }

    private static bool IsOperator(HttpContext http) => http.Request.Headers.Authorization == $"Bearer {Token}";
}
