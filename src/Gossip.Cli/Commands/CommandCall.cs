using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Gossip.Cli.Commands;

/// <summary>One run of a command that asks a node: what was typed, where to tell, and whom to ask.</summary>
internal sealed class CommandCall(ParseResult parsed, IAnsiConsole console) : IDisposable
{
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);
    private EndpointClient? _client;
    private string? _cluster;

    public ParseResult Parsed => parsed;

    public IAnsiConsole Console => console;

    public bool WantsJson => parsed.GetValue(EndpointOptions.Json);

    /// <summary>Whom to ask, found when it is first asked.</summary>
    public EndpointClient Client => _client ??= Ask(Find());

    /// <summary>From here on only nodes of the cluster are asked to which the one belongs that was asked first.</summary>
    /// <param name="cluster">The cluster of the node that is asked now, by its own word.</param>
    /// <returns>Whether it is that one; another is passed over from here on.</returns>
    public bool StaysIn(string cluster)
    {
        _cluster ??= cluster;
        if (cluster == _cluster)
            return true;
        _foreign.Add(Client.Target.Place);
        return false;
    }

    /// <summary>Asks these, and nobody else.</summary>
    public EndpointClient Ask(IReadOnlyList<EndpointTarget> targets) => new(
        targets, EndpointOptions.Patience(parsed),
        text => CommandOutput.Note(parsed, text));

    /// <summary>Looks anew for whom to ask: the one before may have ended, or begun again elsewhere.</summary>
    public void Forget()
    {
        _client?.Dispose();
        _client = null;
    }

    /// <summary>Asks for a resource, and writes it: as it is for programs, or as people read it.</summary>
    /// <param name="path">The resource, with its query.</param>
    /// <param name="tell">Writes it for people.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer.</returns>
    public async Task<JsonElement> ShowAsync(string path, Action<JsonElement> tell, CancellationToken cancellation)
    {
        var answer = await Client.GetAsync(path, cancellation).ConfigureAwait(false);
        if (WantsJson)
            CommandOutput.Raw(parsed, answer.Json());
        else
            tell(answer);
        return answer;
    }

    public void Dispose() => _client?.Dispose();

    private EndpointTarget[] Find()
    {
        var found = EndpointFinder.Find(parsed).Where(one => _cluster is null || one.Cluster.Length == 0 || one.Cluster == _cluster);
        EndpointTarget[] own = [.. found.Where(one => !_foreign.Contains(one.Place))];
        // Whoever was of another cluster may have begun again in this one.
        if (own.Length == 0)
            _foreign.Clear();
        return own.Length > 0 ? own
            : throw new CommandException(CommandExit.NoNode, $"No node of cluster '{_cluster}' serves an endpoint here.");
    }
}
