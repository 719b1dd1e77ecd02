using System.ComponentModel;
using System.Diagnostics;

namespace Gossip.Protocol.Tests;

/// <summary>
/// A fact that asks another implementation of MessagePack. Skipped with the reason where that is missing; with GOSSIP_REQUIRE_PEERS=1 it runs
/// all the same, and so fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OracleFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";
    public const string Node = "node";

    private static readonly Lazy<bool> HasPython = new(() => Run(Python, "-c", "import msgpack").Code == 0);
    private static readonly Lazy<bool> HasNode = new(() => Run(Node, "--version").Code == 0);

    public OracleFactAttribute(string program)
    {
        Program = program;
        if (Environment.GetEnvironmentVariable("GOSSIP_REQUIRE_PEERS") != "1" && !(program == Python ? HasPython : HasNode).Value)
            Skip = program == Python ? $"{Python} with python3-msgpack is not installed." : "nodejs is not installed.";
    }

    public string Program { get; }

    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception missing)
        {
            return (-1, $"{program}: {missing.Message}");
        }
    }
}
