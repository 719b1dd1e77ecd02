using System.CommandLine;
using System.ComponentModel;
using System.Text.Json;

namespace Gossip.Benchmarks.Gateway;

/// <summary>The command line of the two gateways that are compared.</summary>
internal static class GatewayCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var pairs = Number.Whole("--pairs", 8, 2, 1_000, "Pairs of four rounds, A B B A");
        var connections = Number.Whole("--connections", 16, 1, 10_000, "Callers that have a request under way");
        var seconds = Number.Whole("--seconds", 5, 1, 600, "The length of a round");
        var command = new Command("gateway", "Compares YARP that follows the registry with YARP that has the same three destinations written, under wrk")
        {
            pairs, connections, seconds,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var console = parsed.InvocationConfiguration;
            var plan = new GatewayPlan(parsed.GetValue(pairs), parsed.GetValue(connections), TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            try
            {
                var figures = await new GatewayRun(plan, console.Error).RunAsync(cancellation);
                await console.Output.WriteLineAsync(figures.ToJsonString(Indented));
                return 0;
            }
            catch (Win32Exception missing)
            {
                await console.Error.WriteLineAsync($"The load is made by wrk, which does not start: {missing.Message}. Install Debian's package 'wrk'.");
                return 2;
            }
        });
        return command;
    }
}
