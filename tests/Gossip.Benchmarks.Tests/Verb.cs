using System.Globalization;
using System.Text.Json;

namespace Gossip.Benchmarks.Tests;

/// <summary>Runs a verb of the harness as its command line would.</summary>
internal static class Verb
{
    /// <summary>The one JSON object that a verb prints on its output.</summary>
    public static async Task<JsonElement> JsonAsync(string arguments)
    {
        var (code, output, error) = await RunAsync(arguments + " --json");
        Assert.True(code == 0, $"{arguments} ended with {code}: {error}");
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>What a verb ends with, prints, and complains of.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string arguments)
    {
        var (output, error) = (new StringWriter(CultureInfo.InvariantCulture), new StringWriter(CultureInfo.InvariantCulture));
        var code = await Harness.RunAsync(arguments.Split(' '), output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A file by its path from the root of the repository.</summary>
    public static string FileOfRepository(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gossip.sln")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, path);
    }

    public static string[] Keys(this JsonElement figures) => [.. figures.EnumerateObject().Select(one => one.Name)];
}
