namespace Gossip.Cli.Agent.Checks;

/// <summary>Whether a program ends with exit code 0; 1 warns, all others fail, as with the plug-ins of Nagios and of Consul.</summary>
internal sealed class CommandCheck(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment) : ICheck
{
    public async ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        var (exitCode, output) = await ProgramRun.RunAsync(command, environment, CheckResult.MostOutput, cancellation)
            .ConfigureAwait(false);
        var status = exitCode switch
        {
            0 => CheckStatus.Pass,
            1 => CheckStatus.Warn,
            _ => CheckStatus.Fail,
        };
        return new(status, exitCode is { } code && string.IsNullOrWhiteSpace(output) ? ProgramRun.Show(code) : output);
    }
}
