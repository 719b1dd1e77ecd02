using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Tests;

/// <summary>A check that finds what the test says.</summary>
internal sealed class FakeCheck(Func<CancellationToken, ValueTask<CheckResult>> run) : ICheck
{
    public int Runs { get; private set; }

    public static FakeCheck That(Func<CheckStatus> finds) => new(_ => ValueTask.FromResult(new CheckResult(finds(), "as the test says")));

    public static CheckDefinition Every(double seconds, double timeout = 5, double jitter = 0, int healthyAfter = 1, int unhealthyAfter = 1, string id = "fake") => new()
    {
        Id = id,
        Kind = CheckKind.Tcp,
        Interval = TimeSpan.FromSeconds(seconds),
        Timeout = TimeSpan.FromSeconds(timeout),
        Jitter = jitter,
        HealthyAfter = healthyAfter,
        UnhealthyAfter = unhealthyAfter,
        Text = id,
    };

    public ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        Runs++;
        return run(cancellation);
    }
}
