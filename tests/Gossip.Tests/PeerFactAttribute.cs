using System.Diagnostics;

namespace Gossip.Tests;

/// <summary>
/// A test that needs something of the machine: a program by its name, <c>root</c>, <c>netns</c> (the right to make network
/// namespaces), <c>axe-core</c> (the file that GOSSIP_AXE_CORE names), <c>npm-</c> and a module's name (below the folder that
/// GOSSIP_NPM_CLIENTS names) or <c>python3-consul</c> (Debian's module, or one below PYTHONPATH). Where one is missing the test is skipped and says why; with GOSSIP_REQUIRE_PEERS=1 it runs all the same, and fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> CanMakeNamespaces = new(TryNamespace);

    public PeerFactAttribute(params string[] needs)
    {
        Needs = needs;
        var missing = needs.Where(need => !IsHere(need)).ToList();
        if (missing.Count > 0 && Environment.GetEnvironmentVariable("GOSSIP_REQUIRE_PEERS") != "1")
            Skip = $"Needs {string.Join(", ", missing)}.";
    }

    public IReadOnlyList<string> Needs { get; }

    /// <summary>Whether only a nightly run has the time for it.</summary>
    public bool IsNightly
    {
        get;
        set
        {
            field = value;
            if (value && !Nightly.IsOn)
                Skip = Nightly.Reason;
        }
    }

    private static bool IsHere(string need) => need switch
    {
        "root" => Environment.IsPrivilegedProcess,
        "axe-core" => File.Exists(Environment.GetEnvironmentVariable("GOSSIP_AXE_CORE")),
        _ when need.StartsWith("npm-", StringComparison.Ordinal) =>
            File.Exists($"{Environment.GetEnvironmentVariable("GOSSIP_NPM_CLIENTS")}/{need["npm-".Length..]}/package.json"),
        "python3-consul" => File.Exists("/usr/bin/python3") && Directory.Exists("/usr/lib/python3/dist-packages/consul"),
        "netns" => Environment.IsPrivilegedProcess && CanMakeNamespaces.Value,
        _ => Find(need) is not null,
    };

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Append("/sbin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static bool TryNamespace()
    {
        var name = $"gossip-may-i-{Environment.ProcessId}";
        return Find("ip") is { } ip && Run(ip, "netns", "add", name) && Run(ip, "netns", "delete", name);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0;
    }
}
