using System.Globalization;
using Xunit.Abstractions;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>Alone, for it is forty processes.</summary>
[CollectionDefinition(nameof(ChaosCollection), DisableParallelization = true)]
public sealed class ChaosCollection;

/// <summary>
/// The agent where everything dies and comes back. GOSSIP_SEED replays a run. In the usual form each kind of event happens once, and no
/// time is asserted: what is awaited is that all views agree with the process table in the end, and no living service may be missing. At
/// night it lasts ten minutes, and the bounds of <see cref="Judge"/> count.
/// </summary>
[Collection(nameof(ChaosCollection))]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [PeerFact("netns", "nft", "node")]
    public async Task Whatever_happens_once_living_services_are_found_and_in_the_end_exactly_those()
    {
        var result = await RunAsync(new ChaosPlan(Seed(19), null, TimeSpan.FromSeconds(0.3), Lease: 5, Services: 2, Observers: 2));
        Assert.True(result.Judge.Gaps.Count == 0, $"{Command(result, "once")}\n{result}");
    }

    [PeerFact("netns", "nft", "node", IsNightly = true)]
    public async Task Ten_minutes_of_faults_leave_no_gap_for_the_living_and_no_trace_of_the_dead()
    {
        var minutes = int.TryParse(Environment.GetEnvironmentVariable("GOSSIP_CHAOS_MINUTES"), CultureInfo.InvariantCulture, out var set) ? set : 10;
        var plan = new ChaosPlan(Seed(Random.Shared.Next()), TimeSpan.FromMinutes(minutes), TimeSpan.FromSeconds(1), Lease: 10, Services: 4, Observers: 3);
        var result = await RunAsync(plan);
        Assert.True(result.Judge.Gaps.Count == 0 && result.Judge.Overdue.Count == 0, $"{Command(result, "Ten_minutes")}\n{result}");
    }

    private static int Seed(int otherwise) => int.TryParse(Environment.GetEnvironmentVariable("GOSSIP_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : otherwise;

    private static string Command(ChaosResult result, string name) =>
        $"GOSSIP_SEED={result.Seed} {(Nightly.IsOn ? "GOSSIP_NIGHTLY=1 " : "")}dotnet test tests/Gossip.Cli.Tests --filter \"FullyQualifiedName~{name}\"";

    private async Task<ChaosResult> RunAsync(ChaosPlan plan)
    {
        output.WriteLine($"seed {plan.Seed}");
        var result = await ChaosRun.RunAsync(plan, output.WriteLine);
        output.WriteLine(result.ToString());
        return result;
    }
}
