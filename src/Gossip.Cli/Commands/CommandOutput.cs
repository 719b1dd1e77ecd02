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
    public static Task<int> RunAsync(ParseResult parsed, Func<IAnsiConsole, Task> act) => RunAsync(parsed, async console =>
    {
        await act(console).ConfigureAwait(false);
        return CommandExit.Done;
    });

    /// <inheritdoc cref="RunAsync(ParseResult, Func{IAnsiConsole, Task})"/>
    public static async Task<int> RunAsync(ParseResult parsed, Func<IAnsiConsole, Task<int>> act)
    {
        try
        {
            return await act(To(parsed.InvocationConfiguration.Output)).ConfigureAwait(false);
        }
        catch (InvalidOperationException cannot)
        {
            Complain(parsed, cannot.Message);
            return cannot is CommandException { ExitCode: var code } ? code : CommandExit.No;
        }
        catch (Exception cannot) when (cannot is IOException or HttpRequestException or System.Text.Json.JsonException)
        {
            Complain(parsed, cannot.Message);
            return CommandExit.Unusable;
        }
        catch (OperationCanceledException)
        {
            return CommandExit.No;
        }
    }

    /// <summary>Tells on the error output what is wrong.</summary>
    public static void Complain(ParseResult parsed, string what) =>
        To(parsed.InvocationConfiguration.Error).MarkupLineInterpolated($"[red]{Limits.Show(what)}[/]");

    /// <summary>Tells on the error output what is worth to know, and not a part of the answer.</summary>
    public static void Note(ParseResult parsed, string what) =>
        To(parsed.InvocationConfiguration.Error).MarkupLineInterpolated($"[grey]{Limits.Show(what)}[/]");

    /// <summary>Whether people read along, and not a program or a file.</summary>
    public static bool IsTerminal(IAnsiConsole console) => console.Profile.Out.IsTerminal;

    /// <summary>A line of foreign text, in a style.</summary>
    public static void Line(IAnsiConsole console, string text, string style = "default") =>
        console.Write(new Text(Limits.Show(text) + "\n", Style.Parse(style)));

    /// <summary>A line of what happened: when, what, and what belongs to it.</summary>
    public static void Event(IAnsiConsole console, string when, string what, string style, string more = "")
    {
        var line = new Paragraph().Append(Limits.Show(when) + "  ", Style.Parse("grey")).Append(Limits.Show(what), Style.Parse(style));
        if (more.Length > 0)
            line.Append("  " + Limits.Show(more), Style.Parse("grey"));
        console.Write(line.Append("\n"));
    }

    /// <summary>JSON or another text for programs, as it is: nothing is wrapped.</summary>
    public static void Raw(ParseResult parsed, string text) => parsed.InvocationConfiguration.Output.Write(text + "\n");

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
