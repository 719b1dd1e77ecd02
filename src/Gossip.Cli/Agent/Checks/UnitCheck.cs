namespace Gossip.Cli.Agent.Checks;

/// <summary>Whether a unit of systemd is active, by <c>systemctl show</c>.</summary>
/// <param name="systemctl">The program.</param>
/// <param name="unit">The unit.</param>
internal sealed class UnitCheck(string systemctl, string unit) : ICheck
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    public async ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        string[] command = [systemctl, "show", "--no-pager", "--property=LoadState,ActiveState,SubState", "--", unit];
        var (exitCode, output) = await ProgramRun.RunAsync(command, NoEnvironment, CheckResult.MostOutput, cancellation)
            .ConfigureAwait(false);
        if (exitCode != 0)
            return new(CheckStatus.Fail, $"{systemctl} does not tell the state of {unit} (Agent:Systemctl): {output}");
        var load = ValueOf(output, "LoadState");
        var active = ValueOf(output, "ActiveState");
        var told = $"{unit} is {active} ({ValueOf(output, "SubState")})";
        return active switch
        {
            _ when load is "not-found" or "masked" => new(CheckStatus.Gone, $"{unit} is {load}"),
            "active" or "reloading" or "refreshing" => new(CheckStatus.Pass, told),
            "deactivating" => new(CheckStatus.Stopping, told),
            "inactive" or "failed" => new(CheckStatus.Gone, told),
            // It starts, or is maintained: it lives, and does not serve.
            _ => new(CheckStatus.Fail, told),
        };
    }

    private static string ValueOf(string output, string property)
    {
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith(property + "=", StringComparison.Ordinal))
                return line[(property.Length + 1)..].Trim();
        }

        return "unknown";
    }
}
