// A service that calls payments by name. No address is configured anywhere.
using Gossip;

var builder = WebApplication.CreateBuilder(args);
builder.AddGossip(options => options.Service.Name = "orders");
builder.Services.AddHttpClient();

var app = builder.Build();
app.MapPost("/buy/{amount:decimal}", async (decimal amount, IServiceDiscovery services, HttpClient http) =>
{
    // An instance that has just crashed refuses until the cluster knows; the next one takes the order.
    for (var tries = 0; tries < 3; tries++)
    {
        if (services.TryPick("payments") is not { Uri: { } payments })
            break;
        try
        {
            using var answer = await http.PostAsync(new Uri(payments, $"/pay/{amount}"), null);
            return Results.Text(await answer.Content.ReadAsStringAsync(), "application/json");
        }
        catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.ConnectionError)
        {
        }
    }

    return Results.Problem("No instance of payments answers.", statusCode: StatusCodes.Status503ServiceUnavailable);
});
app.MapGossip();
app.Run();
