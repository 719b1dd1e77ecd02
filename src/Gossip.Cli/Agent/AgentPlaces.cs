using System.Net;
using Gossip.Bootstrap;

namespace Gossip.Cli.Agent;

/// <summary>Where an agent has its files, and where its callers look for it.</summary>
internal static class AgentPlaces
{
    /// <summary>The socket's file, in whichever folder.</summary>
    private const string Socket = "agent.sock";

    /// <summary>Where the unit of <c>deploy/systemd</c> has its socket.</summary>
    private const string OfSystem = "/run/gossip-agent/agent.sock";

    /// <summary>Names the socket to callers.</summary>
    public const string SocketVariable = "GOSSIP_AGENT_SOCKET";

    public static string StateFolder(AgentOptions options) =>
        options.StateFolder
            ?? FirstOf("STATE_DIRECTORY")
            ?? Path.Combine(OfUser() is { Length: > 0 } folder ? folder : "/var/lib", "gossip", options.Name);

    /// <summary>Where the agent listens; null for nowhere.</summary>
    /// <exception cref="InvalidOperationException">There is no folder for it; the message says why and what to set.</exception>
    public static string? SocketOf(AgentOptions options)
    {
        if (options.Socket is { } given)
            return given == "none" ? null : given;
        if (FirstOf("RUNTIME_DIRECTORY") is { } folder)
            return Path.Combine(folder, Socket);
        var problems = new List<string>();
        foreach (var directory in MachineDirectory.OfThisUser())
        {
            if (directory.Prepare() is not { } problem)
                return SocketIn(directory);
            problems.Add($"{directory.Path}: {problem}");
        }

        throw new InvalidOperationException(
            $"There is no folder for the agent's socket ({string.Join("; ", problems)}). Set Agent:Socket to a path, or to none.");
    }

    /// <summary>Where a caller finds the agent, in the order in which they are tried.</summary>
    public static IEnumerable<string> SocketsToTry() => SocketsToTry(Environment.IsPrivilegedProcess);

    /// <inheritdoc cref="SocketsToTry()"/>
    /// <param name="isRoot">
    /// Whether root calls, whose agent is the system's: one that root has started by hand is a trial. To other users their own is nearer.
    /// </param>
    public static IEnumerable<string> SocketsToTry(bool isRoot)
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is { Length: > 0 } given)
            return [given];
        // A socket where others can write may be anybody's. Root's own agent is that of the system; to anybody else the own one is nearer.
        var own = MachineDirectory.ToLookIn().Where(directory => directory.IsTrusted()).Select(SocketIn);
        return isRoot ? [OfSystem, .. own] : [.. own, OfSystem];
    }

    /// <summary>Where an agent listens that uses a machine directory.</summary>
    public static string SocketIn(MachineDirectory directory) => Path.Combine(directory.Path, Socket);

    /// <summary>Where a server listens: an IP address and a port; null for a name.</summary>
    public static IPEndPoint? EndPointOf(Uri url) =>
        IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? new IPEndPoint(address, url.Port) : null;

    /// <summary>Whether a URL has a port in its text, and not only that of its scheme.</summary>
    public static bool NamesPort(string url) => url.TrimEnd(' ', '/') is var text
        && text.LastIndexOf(':') is var colon and > 5 && text[(colon + 1)..] is { Length: > 0 } port && port.All(char.IsAsciiDigit);

    private static string OfUser() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);

    /// <summary>The first folder of a list that systemd gives a unit.</summary>
    private static string? FirstOf(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folders ? folders.Split(':')[0] : null;
}
