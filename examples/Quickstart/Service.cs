using System.Globalization;
using Gossip;

namespace Quickstart;

/// <summary>
/// What runs in each child process: a service that embeds Gossip, as in <c>examples/Orders</c> and <c>examples/Payments</c>. Payments is
/// paid; orders takes orders, and has them paid by whichever instance of payments it finds.
/// </summary>
internal static class Service
{
    /// <summary>The metadata key under which an instance says which process it is.</summary>
    public const string ProcessKey = "process";

    public static async Task RunAsync(string service, string node)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.AddGossip(options =>
        {
            options.NodeName = node;
            options.Service.Name = service;
            options.Service.Metadata[ProcessKey] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        });
        builder.Services.AddHttpClient("payments", http => http.BaseAddress = new Uri("http://payments")).AddGossipDiscovery();

        var app = builder.Build();
        app.MapPost("/pay/{amount:decimal}", (decimal amount) => new Receipt(amount, Environment.ProcessId));
        app.MapPost("/buy/{amount:decimal}", BuyAsync);
        app.MapGossip();
        StopWithParent(app);
        await app.RunAsync();
    }

    private static async Task<IResult> BuyAsync(decimal amount, IHttpClientFactory clients)
    {
        try
        {
            // An instance that has just crashed refuses until the cluster knows; the next one takes the order. What broke off under way is
            // not tried again: it may have been paid.
            using var answer = await clients.CreateClient("payments").PostAsync(new Uri($"/pay/{amount}", UriKind.Relative), null);
            return Results.Text(await answer.Content.ReadAsStringAsync(), "application/json");
        }
        catch (NoInstancesException nobody)
        {
            return Results.Problem(nobody.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>
    /// The parent holds the other end of standard input. When it closes that end, or is itself no more, the input ends: the one signal to
    /// stop that works on every system and leaves no orphan.
    /// </summary>
    private static void StopWithParent(WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
        new Thread(() =>
        {
            Console.OpenStandardInput().CopyTo(Stream.Null);
            app.Lifetime.StopApplication();
        })
        { IsBackground = true, Name = "parent" }.Start());
}

internal sealed record Receipt(decimal Amount, int ProcessId);
