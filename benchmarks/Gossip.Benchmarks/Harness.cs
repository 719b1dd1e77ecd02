using System.CommandLine;
using Gossip.Benchmarks.Balancing;
using Gossip.Benchmarks.Cluster;
using Gossip.Benchmarks.Endpoint;
using Gossip.Benchmarks.Endurance;
using Gossip.Benchmarks.Fuzzing;
using Gossip.Benchmarks.Gateway;
using Gossip.Benchmarks.Micro;
using Gossip.Benchmarks.Simulated;

namespace Gossip.Benchmarks;

/// <summary>The command line: one verb for each thing that can be measured.</summary>
internal static class Harness
{
    /// <summary>Runs one verb. What it measured goes to <paramref name="output"/>, and nothing else does.</summary>
    /// <returns>The exit code: 0 for a run that showed what it should.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        foreach (var problem in parsed.Errors)
            await error.WriteLineAsync(problem.Message);
        await error.WriteLineAsync("All arguments: dotnet run -c Release --project benchmarks/Gossip.Benchmarks -- --help");
        return 2;
    }

    private static RootCommand Create() =>
        new("Measures Gossip: parts of it in nanoseconds, whole clusters in seconds. docs/HANDBOOK.md, 'How to measure', explains the figures.")
        {
            ClusterCommand.Create(),
            EndureCommand.Create(),
            MicroCommand.Create(),
            FaultsCommand.Create(),
            TranscriptCommand.Create(),
            LifeguardCommand.Create(),
            RoundsCommand.Create(),
            StormCommand.Create(),
            PausesCommand.Create(),
            IdleCommand.Create(),
            BalanceCommand.Create(),
            FuzzCommand.Create(),
            FollowCommand.Create(),
            GatewayCommand.Create(),
        };
}
