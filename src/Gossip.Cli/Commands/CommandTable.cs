using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text.RegularExpressions;
using Gossip.Configuration;
using Gossip.Protocol;

namespace Gossip.Cli.Commands;

/// <summary>The command line: one command for each thing that can be done, each in a file of its own.</summary>
internal static partial class CommandTable
{
    private const string AllCommands = "All commands and arguments: gossip --help";

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="output">Takes what the command tells.</param>
    /// <param name="error">Takes what is wrong.</param>
    /// <returns>The exit code, one of <see cref="CommandExit"/>.</returns>
    /// <param name="cancellation">Ends a command that goes on until it is interrupted.</param>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        if (arguments is [var directive, var line] && Position().Match(directive) is { Success: true } asked)
            return Suggest(line, int.Parse(asked.Groups[1].ValueSpan, CultureInfo.InvariantCulture), output);
        var parsed = Create().Parse(arguments);
        if (parsed.Errors.Count == 0)
        {
            // The agent's host hears the signals itself; other commands end at once.
            var invocation = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation, cancellation).ConfigureAwait(false);
        }

        var commands = parsed.RootCommandResult.Command.Subcommands.Select(one => one.Name);
        if (arguments is [var name, ..] && parsed.CommandResult.Command == parsed.RootCommandResult.Command && name is not ['-', ..])
        {
            await error.WriteLineAsync($"'{Limits.Show(name)}' is no command. {Spelling.Guess(name, commands, most: 3)}".TrimEnd())
                .ConfigureAwait(false);
            await error.WriteLineAsync(AllCommands).ConfigureAwait(false);
            return CommandExit.Usage;
        }

        foreach (var problem in parsed.Errors)
            await error.WriteLineAsync(problem.Message).ConfigureAwait(false);
        await error.WriteLineAsync(AllCommands).ConfigureAwait(false);
        return CommandExit.Usage;
    }

    /// <summary>
    /// Answers <c>dotnet-suggest</c>, which completes for the shell, as a root command would: only that has the directive by itself.
    /// </summary>
    private static int Suggest(string line, int position, TextWriter output)
    {
        foreach (var one in Create().Parse(line).GetCompletions(Math.Min(position, line.Length)))
            output.WriteLine(one.Label);
        return CommandExit.Done;
    }

    [GeneratedRegex(@"^\[suggest:(\d{1,6})\]$", RegexOptions.CultureInvariant)]
    private static partial Regex Position();

    /// <summary>No root command, which would call itself by the name of the program's file.</summary>
    private static Command Create() => new("gossip", "Registers services that embed no Gossip node, and asks and orders a cluster.")
    {
        new HelpOption { Recursive = true },
        new VersionOption(),
        AgentCommand.Create(),
        RegisterCommand.Create(),
        DeregisterCommand.Create(),
        MembersCommand.Create(),
        ServicesCommand.Create(),
        ResolveCommand.Create(),
        WatchCommand.Create(),
        WhyCommand.Create(),
        TimelineCommand.Create(),
        DoctorCommand.Create(),
        GraphCommand.Create(),
        DrainCommand.Create(),
        OpenCommand.Create(),
        KeygenCommand.Create(),
        RotateCommand.Create(),
        SimCommand.Create(),
    };
}
