using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using Perfolizer.Metrology;

namespace Gossip.Benchmarks.Micro;

/// <summary>The command line of the micro-benchmarks.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var filter = new Argument<string>("filter") { Description = "Part of a benchmark's name", DefaultValueFactory = _ => "" };
        var command = new Command(
            "bdn",
            "Runs BenchmarkDotNet suites. They run inside this process (InProcessEmit): the out-of-process toolchain builds a project of its own, "
            + "and so would have to obey this repository's rules. Arguments behind the filter go to BenchmarkDotNet, as in 'bdn Codec --job short'.")
        {
            filter,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed => Run(parsed.GetValue(filter)!, parsed.UnmatchedTokens));
        return command;
    }

    private static int Run(string filter, IReadOnlyList<string> rest)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(2).WithIterationCount(8).WithIterationTime(TimeInterval.FromMilliseconds(200));
        var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default)
            .WithSummaryStyle(SummaryStyle.Default.WithSizeUnit(SizeUnit.B));
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(["--filter", $"*{filter}*", .. rest], config);
        if (summaries.Any(summary => summary.BenchmarksCases.Length > 0))
            return 0;
        Console.Error.WriteLine($"No benchmark has '{filter}' in its name; leave it out to run all.");
        return 2;
    }
}
