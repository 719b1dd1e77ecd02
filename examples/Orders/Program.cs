// A service that calls payments by name. No address is configured anywhere.
using Gossip;

var builder = WebApplication.CreateBuilder(args);
builder.AddGossip(options => options.Service.Name = "orders");
builder.Services.AddHttpClient("payments", http => http.BaseAddress = new Uri("https+http://payments")).AddGossipDiscovery();

var app = builder.Build();
app.MapPost("/buy/{amount:decimal}", async (decimal amount, IHttpClientFactory clients) =>
{
    try
    {
        // An instance that has just crashed refuses until the cluster knows; the next one takes the order.
        using var answer = await clients.CreateClient("payments").PostAsync(new Uri($"/pay/{amount}", UriKind.Relative), null);
        return Results.Text(await answer.Content.ReadAsStringAsync(), "application/json");
    }
    catch (NoInstancesException nobody)
    {
        return Results.Problem(nobody.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
});
app.MapGossip();
app.Run();
