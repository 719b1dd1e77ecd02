using System.CommandLine;
using Gossip.Benchmarks.Simulated;

namespace Gossip.Benchmarks.Endurance;

/// <summary>The command line of the run over real processes; a day in virtual time is a test of the simulator.</summary>
internal static class EndureCommand
{
    public static Command Create()
    {
        var processes = Number.Whole("--processes", 12, 6, 64, "Services in processes of their own; a third of them never end");
        var minutes = Number.Real("--minutes", 60, 1, 10_000, "How long they change, die, leave, stand still and come back");
        var seed = Number.Whole("--seed", 1, 0, int.MaxValue, "From which it follows who does what, and how long after what was before");
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("endure", "Runs services in real processes that die and come back, and tells what grows, and who was held dead and was not")
        {
            processes, minutes, seed, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var console = parsed.InvocationConfiguration;
            if (!OperatingSystem.IsLinux())
            {
                await console.Error.WriteLineAsync("The run reads /proc and sends signals: run it on Linux.");
                return 1;
            }

            var plan = new EndurancePlan(parsed.GetValue(processes), TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seed));
            try
            {
                using var run = new EnduranceRun(plan, console.Error);
                var result = await run.RunAsync(cancellation);
                await console.Output.WriteLineAsync(Json.Of(result, parsed.GetValue(json)));
                return result.IsWell ? 0 : 1;
            }
            catch (Exception error) when (error is TimeoutException or InvalidOperationException)
            {
                await console.Error.WriteLineAsync(error.Message);
                return 1;
            }
        });
        return command;
    }
}
