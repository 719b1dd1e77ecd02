// A web service for tests that restart or kill one under load. It answers with what it was sent, after a while.
var builder = WebApplication.CreateBuilder(args);
if (builder.Configuration["Log"] is null)
    builder.Logging.ClearProviders();
// Keys from files, one setting each, as Docker and Kubernetes mount secrets.
if (builder.Configuration["Secrets"] is { } folder)
    builder.Configuration.AddKeyPerFile(folder, optional: false, reloadOnChange: true);
builder.AddGossip();

var app = builder.Build();
app.MapGossip();
app.MapPost("/echo", async http =>
{
    using var while20ms = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
    await while20ms.WaitForNextTickAsync(http.RequestAborted);
    await http.Request.Body.CopyToAsync(http.Response.Body);
});

// A stop while it waits to start is no failure, though the host throws it out of Run.
var stopping = app.Lifetime.ApplicationStopping;
try
{
    app.Run();
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    return;
}
