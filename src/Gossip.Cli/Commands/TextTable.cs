using System.Text;
using Gossip.Protocol;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Gossip.Cli.Commands;

/// <summary>
/// Rows of text: with lines and colours on a terminal, and in aligned columns elsewhere, as <c>awk</c> and <c>cut</c> want them. Whatever
/// comes from the network is shown as text and does nothing to the terminal.
/// </summary>
/// <param name="headers">What stands above the columns.</param>
internal sealed class TextTable(params string[] headers)
{
    private const string Gap = "  ";

    /// <summary>What a column of sentences is wrapped to at the least; a terminal that is narrower wraps whole lines by itself.</summary>
    private const int LeastOfWords = 20;

    private readonly List<TextCell[]> _rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(params TextCell[] cells) => _rows.Add([.. cells.Select(cell => cell with { Text = Limits.Show(cell.Text) })]);

    /// <summary>Writes them, as the console is for people or for programs.</summary>
    public void Write(IAnsiConsole console)
    {
        if (CommandOutput.IsTerminal(console) && LeastWidth() <= console.Profile.Width)
            console.Write(Drawn());
        else
            console.Profile.Out.Writer.Write(Aligned());
    }

    private int LeastWidth() => 1 + Enumerable.Range(0, headers.Length)
        .Select(column => (Column: column, Width: _rows.Select(row => row[column].Text.Length).DefaultIfEmpty().Max()))
        .Where(one => one.Width > 0)
        .Sum(one => 3 + Math.Max(headers[one.Column].Length, IsOfWords(one.Column) ? Math.Min(one.Width, LeastOfWords) : one.Width));

    private bool IsOfWords(int column) => _rows.Any(row => row[column].Text.Contains(' ', StringComparison.Ordinal));

    private Table Drawn()
    {
        // People need no column in which nothing stands; programs count them.
        int[] columns = [.. Enumerable.Range(0, headers.Length).Where(column => _rows.Any(row => row[column].Text.Length > 0))];
        var table = new Table().RoundedBorder().BorderColor(Color.Grey);
        foreach (var column in columns)
        {
            // An address that is broken in two cannot be copied: sentences give way.
            var header = new Text(headers[column], new Style(decoration: Decoration.Bold));
            table.AddColumn(new TableColumn(header) { NoWrap = !IsOfWords(column) });
        }

        foreach (var row in _rows)
            table.AddRow(columns.Select(IRenderable (column) => new Text(row[column].Text, Style.Parse(row[column].Style))));
        return table;
    }

    private string Aligned()
    {
        var lines = _rows.Select(row => row.Select(cell => cell.Text.Length == 0 ? "-" : cell.Text).ToArray())
            .Prepend([.. headers.Select(header => header.ToUpperInvariant())]).ToList();
        var widths = headers.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(string.Join(Gap, line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        return text.ToString();
    }
}

/// <summary>A text in a table.</summary>
/// <param name="Text">The text; empty for nothing to say.</param>
/// <param name="Style">Its style on a terminal.</param>
internal readonly record struct TextCell(string Text, string Style = "default")
{
    public static implicit operator TextCell(string? text) => new(text ?? "");

    /// <summary>The state of a member or an instance, in the colour that it has on the page.</summary>
    public static TextCell OfState(string state) => new(state, state switch
    {
        "alive" or "ready" => "green",
        "suspect" or "draining" or "degraded" or "starting" => "yellow",
        "dead" or "unhealthy" => "red",
        _ => "grey",
    });
}
