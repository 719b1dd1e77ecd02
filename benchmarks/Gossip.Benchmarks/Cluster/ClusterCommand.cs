using System.CommandLine;
using System.Text.Json;

namespace Gossip.Benchmarks.Cluster;

/// <summary>The command line of the harness.</summary>
internal static class ClusterCommand
{
    private const int MostNodes = 4096;
    private const int MostSamples = 10_000;
    private const int LongestSteady = 86_400;
    private const int MostLoops = 64;
    private const int Survivors = 2;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var nodes = Number.Whole("--nodes", 32, 2, MostNodes, "Nodes that start in a burst, joined through one seed");
        var updates = Number.Whole("--updates", 20, 0, MostSamples, "Changes of one service record, each until all know it");
        var joins = Number.Whole("--joins", 5, 0, MostSamples, "Nodes that join later, each until all know it");
        var kills = Number.Whole("--kills", 5, 0, MostSamples, "Nodes that end without a goodbye, each until all hold it dead");
        var steady = Number.Whole("--steady", 30, 1, LongestSteady, "Seconds of idling while the costs are measured");
        var drop = Number.Real("--drop", 0, 0, 0.9, "The share of datagrams that every node loses of what arrives; streams lose nothing");
        var loops = Number.Whole("--loops", 0, 0, MostLoops, "Threads that take the turns of all nodes; 0 for a thread for each node, as in a process");
        var isSealed = new Option<bool>("--sealed") { Description = "Give the cluster a key, so that every frame is sealed" };
        var isMetered = new Option<bool>("--metered")
        {
            Description = "Collect the meters and the traces of all nodes, every second and in this process",
        };
        var spreading = new Spreading();
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new Command("cluster", "Runs a cluster in this process, on addresses of 127.0.0.0/8, over real sockets, and measures it")
        {
            nodes, updates, joins, kills, steady, drop, loops, isSealed, isMetered, json,
        };
        spreading.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            new ClusterPlan(
                parsed.GetValue(nodes),
                parsed.GetValue(updates),
                parsed.GetValue(joins),
                parsed.GetValue(kills),
                TimeSpan.FromSeconds(parsed.GetValue(steady)),
                parsed.GetValue(drop))
            {
                Protocol = spreading.Of(parsed),
                Loops = parsed.GetValue(loops),
                IsSealed = parsed.GetValue(isSealed),
                IsMetered = parsed.GetValue(isMetered),
            },
            parsed.GetValue(json),
            parsed.InvocationConfiguration,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPlan plan, bool json, InvocationConfiguration console, CancellationToken cancellation)
    {
        var most = plan.Nodes + plan.Joins - Survivors;
        if (plan.Kills > most)
        {
            await console.Error.WriteLineAsync(
                $"--kills is {plan.Kills}, and of --nodes {plan.Nodes} with --joins {plan.Joins} the seed and one that sees the deaths must survive: "
                + $"give --kills {most} or fewer.");
            return 2;
        }

        if (!OperatingSystem.IsLinux())
        {
            await console.Error.WriteLineAsync("The cluster harness reads /proc and binds to all of 127.0.0.0/8: run it on Linux.");
            return 1;
        }

        try
        {
            var figures = await new ClusterRun(plan, console.Error).RunAsync(cancellation);
            await console.Output.WriteLineAsync(json ? figures.ToJsonString(Indented) : ClusterTable.Of(figures));
            return 0;
        }
        catch (TimeoutException error)
        {
            await console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }
}
