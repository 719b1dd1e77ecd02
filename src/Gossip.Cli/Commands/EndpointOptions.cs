using System.CommandLine;
using System.CommandLine.Parsing;
using Gossip.Cli.Agent;
using Gossip.Protocol;

namespace Gossip.Cli.Commands;

/// <summary>What all commands that ask a node have in common: which one, and how the answer is written.</summary>
internal static class EndpointOptions
{
    /// <summary>Names the file of a token to callers of <c>--url</c>, and to operators.</summary>
    public const string TokenVariable = "GOSSIP_TOKEN_FILE";

    public static readonly Option<bool> Json = new("--json") { Description = "Print the endpoint's JSON" };
    public static readonly Option<string> Url = new("--url") { Description = "Ask the endpoint here, as http://10.0.0.5:5000/gossip" };

    public static readonly Option<string> TokenFile = new("--token-file")
    {
        Description = $"The file of the bearer token to send; by default that of the process, or {TokenVariable}",
    };

    public static readonly Option<string> Socket = new("--socket") { Description = "Ask the agent at this Unix socket" };
    public static readonly Option<string> Cluster = new("--cluster") { Description = "Ask a node of this cluster, where several run here" };
    public static readonly Option<string> Node = new("--node") { Description = "Ask this node, where several run here" };

    public static readonly Option<string> Folder = new("--directory")
    {
        Description = "Look in this machine directory of yours, where services have a TMPDIR of their own",
    };

    public static readonly Option<double?> Timeout = new("--timeout") { Description = "Seconds to wait for an answer; by default 10" };

    private const double MostSeconds = 3600;

    /// <summary>
    /// The socket that is named: by the option, or by the variable where no option says whom to ask. Null where none is.
    /// </summary>
    public static string? SocketOf(ParseResult parsed)
    {
        if (parsed.GetValue(Socket) is { } socket)
            return socket;
        var isElsewhere = ((Option<string>[])[Url, Cluster, Node, Folder]).Any(option => parsed.GetValue(option) is not null);
        return !isElsewhere && Environment.GetEnvironmentVariable(AgentPlaces.SocketVariable) is { Length: > 0 } named ? named : null;
    }

    /// <summary>Whether one place is named, and nobody else is asked.</summary>
    public static bool NamesPlace(ParseResult parsed) => parsed.GetValue(Url) is not null || SocketOf(parsed) is not null;

    /// <summary>How long an answer may take.</summary>
    public static TimeSpan Patience(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(Timeout) ?? 10);

    /// <summary>A number that was typed; null for none, and for what is none, which is told already.</summary>
    public static T? Read<T>(CommandResult result, Option<T?> option)
        where T : struct
    {
        try
        {
            return result.GetValue(option);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A command that asks a node.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="act">Asks and tells, and returns the exit code.</param>
    /// <param name="own">Its own arguments and options.</param>
    public static Command Create(
        string name, string description, Func<CommandCall, CancellationToken, Task<int>> act, params Symbol[] own)
    {
        var command = new Command(name, description);
        foreach (var symbol in own)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }

        foreach (var option in (Option[])[Json, Url, TokenFile, Socket, Cluster, Node, Folder, Timeout])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Url) is { } url && EndpointTarget.ParseUrl(url) is null)
                result.AddError($"--url is '{Limits.Show(url)}'; it must be the endpoint's URL, such as http://10.0.0.5:5000/gossip.");
            if (result.GetValue(TokenFile) is { } token && !File.Exists(token))
                result.AddError($"--token-file is '{Limits.Show(token)}'; there is no such file.");
            if (result.GetValue(Url) is not null && result.GetValue(Socket) is not null)
                result.AddError("--url and --socket name two nodes; leave one of them out.");
            if (Read(result, Timeout) is { } seconds && !(seconds is >= 0.001 and <= MostSeconds))
                result.AddError($"--timeout is {seconds}; it must be a number of seconds from 0.001 to {MostSeconds}, such as 10.");
        });
        command.SetAction((parsed, cancellation) => CommandOutput.RunAsync(parsed, async console =>
        {
            using var call = new CommandCall(parsed, console);
            return await act(call, cancellation).ConfigureAwait(false);
        }));
        return command;
    }
}
