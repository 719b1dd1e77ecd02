using System.Text.Json;
using Gossip.Cli.Commands;

namespace Gossip.Cli.Tests.Commands;

/// <summary>What a command told, and how it ended.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public static Task<CommandRun> OfAsync(params string[] arguments) => OfAsync(new Listener(), new Listener(), arguments);

    /// <summary>Runs one of which somebody reads what it tells while it runs.</summary>
    public static Task<CommandRun> OfAsync(Listener output, Listener error, params string[] arguments) => OfAsync(output, error, default, arguments);

    public static async Task<CommandRun> OfAsync(Listener output, Listener error, CancellationToken cancellation, params string[] arguments) =>
        new(await CommandTable.RunAsync(arguments, output, error, cancellation), output.ToString(), error.ToString());

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The cells of the row that begins with a text, as they stand below the headers.</summary>
    public Dictionary<string, string> Row(string first)
    {
        var header = Lines.First(line => line.Contains("  ", StringComparison.Ordinal) && !line.Any(char.IsLower));
        var row = Lines.First(line => line.StartsWith(first + "  ", StringComparison.Ordinal));
        var names = header.Split("  ", StringSplitOptions.RemoveEmptyEntries).Select(name => name.Trim()).ToArray();
        var starts = names.Select(name => header.IndexOf(name, StringComparison.Ordinal)).ToArray();
        return names.Index().ToDictionary(
            name => name.Item,
            name => row[starts[name.Index]..(name.Index + 1 < starts.Length ? Math.Min(starts[name.Index + 1], row.Length) : row.Length)].Trim());
    }

    public CommandRun Ends(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"It ended with {ExitCode}, not {exitCode}. Output: {Output} Error: {Error}");
        return this;
    }

    public CommandRun Complains(int exitCode, params string[] texts)
    {
        Ends(exitCode);
        Assert.Equal("", Output);
        Assert.All(texts, text => Assert.Contains(text, Error, StringComparison.Ordinal));
        return this;
    }
}

/// <summary>Keeps what is written, for readers at any time.</summary>
internal sealed class Listener : StringWriter
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _heard = new();

    public override void Write(char value) => _heard.Enqueue(value.ToString());

    public override void Write(char[] buffer, int index, int count) => _heard.Enqueue(new string(buffer, index, count));

    public override void Write(string? value) => _heard.Enqueue(value ?? "");

    public override string ToString() => string.Concat(_heard);

    public Task HearsAsync(string text) => Eventually.HoldsAsync(() => ToString().Contains(text, StringComparison.Ordinal), $"{text} in {this}");
}
