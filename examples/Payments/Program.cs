// A service that others call. Start it in as many terminals as you like: each takes a free port, and callers find them all.
using System.Globalization;

var builder = WebApplication.CreateBuilder(args);
builder.AddGossip(options => options.Service.Name = "payments");

var app = builder.Build();
var paid = 0;
app.MapPost("/pay/{amount:decimal}", (decimal amount) => new Receipt(
    string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Interlocked.Increment(ref paid)}"), amount, Environment.ProcessId));
app.MapGossip();
app.Run();

internal sealed record Receipt(string Id, decimal Amount, int ProcessId);
