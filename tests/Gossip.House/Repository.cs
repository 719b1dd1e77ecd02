using System.ComponentModel;
using System.Diagnostics;

namespace Gossip.House;

/// <summary>The source tree that these tests look at: what git tracks or would track, or every file where there is no git.</summary>
internal static class Repository
{
    private static readonly string[] SourceRoots = ["src/", "tests/", "examples/", "benchmarks/"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Files { get; } = [.. (FromGit() ?? FromDisk()).Where(Exists).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<SourceFile> Code { get; } =
        [.. Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal) && SourceRoots.Any(file.StartsWith)).Select(SourceFile.Read)];

    public static IEnumerable<SourceFile> CodeUnder(params string[] folders) => Code.Where(file => folders.Any(file.Path.StartsWith));

    public static IEnumerable<string> FilesNamed(string ending) => Files.Where(file => file.EndsWith(ending, StringComparison.Ordinal));

    public static string Absolute(string file) => Path.Combine(Root, file);

    public static string Read(string file) => File.ReadAllText(Absolute(file));

    private static bool Exists(string file) => File.Exists(Absolute(file));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Gossip.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"Gossip.sln is nowhere above {AppContext.BaseDirectory}: build the tests inside the source tree.");
    }

    private static string[]? FromGit()
    {
        var start = new ProcessStartInfo("git", "ls-files -z --cached --others --exclude-standard")
        {
            WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using var git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var listing = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? listing.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string[] FromDisk() =>
        [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Intersect(["bin", "obj", ".git", "artifacts", "TestResults"]).Any())];
}
