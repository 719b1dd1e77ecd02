using System.CommandLine;
using Gossip.Benchmarks.Cluster;
using Gossip.Benchmarks.Micro;
using Gossip.Benchmarks.Simulated;

var root = new RootCommand("Measures Gossip: parts of it in nanoseconds, whole clusters in seconds. docs/HANDBOOK.md, 'How to measure', explains the figures.")
{
    ClusterCommand.Create(),
    MicroCommand.Create(),
    FaultsCommand.Create(),
    LifeguardCommand.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count == 0)
    return await parsed.InvokeAsync();
foreach (var error in parsed.Errors)
    await Console.Error.WriteLineAsync(error.Message);
await Console.Error.WriteLineAsync("All arguments: dotnet run -c Release --project benchmarks/Gossip.Benchmarks -- --help");
return 2;
