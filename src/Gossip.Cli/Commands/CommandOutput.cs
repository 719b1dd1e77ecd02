using System.CommandLine;
using Gossip.Protocol;
using Spectre.Console;

namespace Gossip.Cli.Commands;

/// <summary>
/// What commands tell people: in colour on a terminal, plain elsewhere, and never with what a foreign text would do to a terminal.
/// </summary>
internal static class CommandOutput
{
    /// <summary>Runs what a command does, and tells what it could not.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<IAnsiConsole, Task> act)
    {
        var console = To(parsed.InvocationConfiguration.Output);
        try
        {
            await act(console).ConfigureAwait(false);
            return 0;
        }
        catch (InvalidOperationException cannot)
        {
            To(parsed.InvocationConfiguration.Error).MarkupLineInterpolated($"[red]{Limits.Show(cannot.Message)}[/]");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
    }

    private static IAnsiConsole To(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = output.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        // A line is one line in a log, however long it is.
        if (!output.IsTerminal)
            console.Profile.Width = int.MaxValue / 2;
        return console;
    }
}
