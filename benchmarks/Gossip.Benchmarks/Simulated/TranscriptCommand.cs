using System.CommandLine;
using System.Globalization;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Simulated;

/// <summary>
/// Hashes of simulated runs, a line each: <c>benchmarks/transcripts.txt</c> holds those of the present behaviour. A change of form alone
/// leaves all of them as they are.
/// </summary>
internal static class TranscriptCommand
{
    /// <summary>Of three, sixteen and 128 nodes.</summary>
    private static readonly ulong[] Seeds = [1, 5, 9];

    private static readonly LifeguardGrid Grid = new(32, [4], [16_384], [256]);

    public static Command Create()
    {
        var rows = new Option<int[]>("--row")
        {
            Description = $"Only these rows of the fault matrix (1 to {FaultMatrix.Rows.Count}); by default all, and Lifeguard's configurations",
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<ulong[]>("--seed")
        {
            Description = "Seeds of each run",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => Seeds,
        };
        var command = new Command("transcript", "Prints a hash of everything that happens in simulated runs") { rows, seeds };
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(rows) is { Length: > 0 } some ? some : null;
            foreach (var line in Lines(chosen, parsed.GetValue(seeds)!))
                parsed.InvocationConfiguration.Output.WriteLine(line);
            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Lines(int[]? rows, ulong[] seeds)
    {
        foreach (var row in rows ?? [.. FaultMatrix.Rows.Select(row => row.Number)])
        {
            foreach (var seed in seeds)
                yield return string.Create(CultureInfo.InvariantCulture, $"faults {row} {seed} {FaultMatrix.Run(row, seed).Transcript:X16}");
        }

        if (rows is not null)
            yield break;
        foreach (var config in LifeguardConfig.All)
        {
            foreach (var runs in Enum.GetValues<LifeguardRuns>())
            {
                var result = LifeguardExperiment.Run(config, runs, reps: 1, seeds[0], Grid);
                yield return string.Create(CultureInfo.InvariantCulture, $"lifeguard {config.Name} {runs} {seeds[0]} {result.Transcript}");
            }
        }
    }
}
