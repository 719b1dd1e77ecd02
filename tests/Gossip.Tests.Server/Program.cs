// A web service for tests that restart or kill one under load. It answers with what it was sent, after a while.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
builder.AddGossip();

var app = builder.Build();
app.MapGossip();
app.MapPost("/echo", async http =>
{
    using var while20ms = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
    await while20ms.WaitForNextTickAsync(http.RequestAborted);
    await http.Request.Body.CopyToAsync(http.Response.Body);
});
app.Run();
