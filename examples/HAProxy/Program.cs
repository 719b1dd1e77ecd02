using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

// An agent that answers DNS, and a HAProxy that balances by it: one command. Services are those of other terminals, such as
// `dotnet run --project examples/Payments`, as many of them as you like.
var folder = Directory.CreateTempSubdirectory("gossip-haproxy-").FullName;
var builder = Host.CreateApplicationBuilder(args);
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["Agent:Name"] = "haproxy",
    ["Agent:StateFolder"] = folder,
    ["Agent:ServicesFolder"] = "none",
    ["Agent:Socket"] = "none",
    ["Agent:Dns:Address"] = "127.0.0.1:8600",
});
builder.AddGossipAgent();
using var host = builder.Build();
await host.StartAsync();

using var haproxy = Start(Path.Combine(AppContext.BaseDirectory, "haproxy.cfg"), folder);
if (haproxy is null)
{
    Console.Error.WriteLine("HAProxy is not installed: apt install haproxy");
    await host.StopAsync();
    return 1;
}

Console.WriteLine("curl -X POST http://127.0.0.1:8080/pay/5 is answered by an instance of payments; Ctrl+C ends it");
var ended = haproxy.WaitForExitAsync();
await Task.WhenAny(ended, host.WaitForShutdownAsync());
if (!haproxy.HasExited)
    haproxy.Kill();
await ended;
await host.StopAsync();
Directory.Delete(folder, recursive: true);
return 0;

static Process? Start(string settings, string folder)
{
    try
    {
        return Process.Start(new ProcessStartInfo("haproxy", ["-db", "-f", settings]) { WorkingDirectory = folder });
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return null;
    }
}
