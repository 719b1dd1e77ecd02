using System.CommandLine;
using Gossip.Bootstrap;
using Gossip.Cli.Agent;

namespace Gossip.Cli.Commands;

/// <summary>
/// Finds the nodes that can be asked: that of the URL or the socket that is named, and nobody else; or else the agent of this machine, and
/// then whatever process of this user serves an endpoint, by the machine directory.
/// </summary>
internal static class EndpointFinder
{
    /// <exception cref="CommandException">There is none; the message says where was looked, and what to do.</exception>
    public static IReadOnlyList<EndpointTarget> Find(ParseResult parsed)
    {
        var directories = Directories(parsed);
        var given = GivenToken(parsed);
        var own = directories.SelectMany(EndpointTarget.Of).ToArray();
        if (parsed.GetValue(EndpointOptions.Url) is { } text)
        {
            var url = EndpointTarget.ParseUrl(text)!;
            // Of a process of this user the token is known.
            var known = own.FirstOrDefault(one => one.Url == url) ?? own.FirstOrDefault(one => one.IsMeantBy(url))
                ?? new EndpointTarget(url);
            return [known with { Given = given }];
        }

        if (EndpointOptions.SocketOf(parsed) is { } socket)
            return [Agent(socket)];
        var (cluster, node) = (parsed.GetValue(EndpointOptions.Cluster), parsed.GetValue(EndpointOptions.Node));
        // Of an agent nobody knows cluster and node before it has answered.
        IEnumerable<EndpointTarget> agents = cluster is null && node is null ? Sockets(parsed, directories).Select(Agent) : [];
        var found = own.Where(one => (cluster is null || one.Cluster == cluster) && (node is null || one.Node == node));
        // What was found, and nobody has named, has a token of its own: that of the caller may open far more.
        EndpointTarget[] all = [.. agents, .. found.Select(one => one with { Given = node is not null && one.IsHeld ? given : null })];
        return all.Length > 0 ? all : throw new CommandException(CommandExit.NoNode, Nobody(directories, own, cluster, node));
    }

    /// <summary>The sockets of agents that are there, in the order in which they are tried.</summary>
    public static IEnumerable<string> Sockets(ParseResult parsed, IReadOnlyList<MachineDirectory> directories) =>
        (parsed.GetValue(EndpointOptions.Folder) is null ? AgentPlaces.SocketsToTry() : directories.Select(AgentPlaces.SocketIn))
        .Where(File.Exists);

    /// <summary>The folders in which the processes of a user leave where they are.</summary>
    /// <exception cref="CommandException">The one that is named may be written by others, who could have tokens sent to them.</exception>
    public static IReadOnlyList<MachineDirectory> Directories(ParseResult parsed)
    {
        if (parsed.GetValue(EndpointOptions.Folder) is not { } folder)
            return [.. MachineDirectory.ToLookIn().Where(directory => directory.IsTrusted())];
        var named = new MachineDirectory(folder);
        return named.IsTrusted() || !Path.Exists(folder) ? [named] : throw new CommandException(
            CommandExit.Usage,
            $"--directory is {folder}, which is no folder of yours alone (mode 700), and so is not used. Run this as the user whose it is: "
                + "sudo -u USER gossip …");
    }

    /// <summary>The file of the token that the caller brings; null for none.</summary>
    public static string? GivenToken(ParseResult parsed) =>
        parsed.GetValue(EndpointOptions.TokenFile)
            ?? (Environment.GetEnvironmentVariable(EndpointOptions.TokenVariable) is { Length: > 0 } file ? file : null);

    /// <summary>The agent at a socket.</summary>
    public static EndpointTarget Agent(string socket) => new(new Uri("http://agent/gossip")) { Socket = socket };

    private static string Nobody(
        IReadOnlyList<MachineDirectory> directories, EndpointTarget[] own, string? cluster, string? node)
    {
        if (own.Length > 0)
        {
            var known = own.Select(one => $"{one.Node} of cluster '{one.Cluster}'").Distinct().Order(StringComparer.Ordinal).Take(10);
            var wanted = (node is null ? "" : $" '{node}'") + (cluster is null ? "" : $" of cluster '{cluster}'");
            return $"No node{wanted} serves an endpoint here. There are {string.Join(", ", known)}.";
        }

        var looked = directories.Count > 0
            ? string.Join(" and ", directories.Select(one => one.Path))
            : $"{string.Join(" and ", MachineDirectory.ToLookIn().Select(one => one.Path))}, which no process of this user has made";
        return "No node was found on this machine: no agent listens at "
            + $"{string.Join(" or ", AgentPlaces.SocketsToTry())}, and no service with an endpoint is in {looked}. "
            + "Start a service that calls app.MapGossip(), or `gossip agent`, as the user that you are; or give the URL of one with "
            + "--url http://HOST:PORT/gossip.";
    }
}
