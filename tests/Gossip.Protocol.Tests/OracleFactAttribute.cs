using System.Diagnostics;

namespace Gossip.Protocol.Tests;

/// <summary>
/// A fact that asks Python's MessagePack. Skipped with the reason where that is missing; with GOSSIP_REQUIRE_PEERS=1 it runs all the same,
/// and so fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OracleFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> IsThere = new(() => File.Exists(Python) && Run("-c", "import msgpack").Code == 0);

    public OracleFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("GOSSIP_REQUIRE_PEERS") != "1" && !IsThere.Value)
            Skip = $"{Python} with python3-msgpack is not installed.";
    }

    public static (int Code, string Output) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
