using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent.Sources;

/// <summary>
/// The definitions in the files of a folder. A file that is not valid changes nothing: what it said before stays until it is valid, or
/// deleted. Files are read when their time or length has changed, so that a look at thousands of them is a look at the folder.
/// </summary>
/// <param name="folder">The folder; it may come later.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what is wrong.</param>
internal sealed partial class FolderSource(string folder, TimeProvider time, ILogger logger) : IRegistrationSource, IDisposable
{
    /// <summary>Definitions of one agent: fewer than its node holds, and what one look reads within a second.</summary>
    public const int MostDefinitions = 5_000;

    /// <summary>Files that one look lists, to read the first of them by name.</summary>
    private const int MostListed = 10 * MostDefinitions;

    private const int MostBytes = 1024 * 1024;

    /// <summary>
    /// A file that has just been written may be half of itself, or gone for a moment: so long nobody is told of mistakes in it, and it is
    /// not taken for deleted.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, ReadFile> _files = new(StringComparer.Ordinal);
    private FileSystemWatcher? _watcher;
    private Action? _changed;
    private ITimer? _again;
    private bool _saysFull;
    private bool _isMissing;

    public IReadOnlyList<ServiceDefinition> Look()
    {
        try
        {
            LookAround();
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            Unreadable(logger, folder, cannot.Message);
        }

        var all = _files.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => file.Value.Definitions).ToList();
        if (all.Count > MostDefinitions && !_saysFull)
            TooMany(logger, folder, all.Count, MostDefinitions);
        _saysFull = all.Count > MostDefinitions;
        return all.Count > MostDefinitions ? all[..MostDefinitions] : all;
    }

    public void Watch(Action changed)
    {
        _changed = changed;
        StartWatching();
    }

    /// <summary>Also what has kept its time and length is read then, and what is wrong is told again.</summary>
    public void Forget()
    {
        foreach (var (path, file) in _files.ToArray())
            _files[path] = file with { Stamp = default, IsTold = false };
    }

    /// <summary>The file is still there, and so is the wish: the service may come back.</summary>
    public void HasEnded(ServiceDefinition definition)
    {
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _again?.Dispose();
    }

    private void LookAround()
    {
        var found = new DirectoryInfo(folder);
        if (!found.Exists && !_isMissing)
            Missing(logger, folder);
        _isMissing = !found.Exists;
        if (_isMissing)
            StopWatching();
        else
            StartWatching();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var files = _isMissing ? [] : found.EnumerateFiles("*.json");
        var visible = files.Where(file => file.Name[0] != '.').Take(MostListed).OrderBy(file => file.Name, StringComparer.Ordinal);
        foreach (var file in visible.Take(MostDefinitions + 1))
        {
            seen.Add(file.FullName);
            Read(file);
        }

        foreach (var missing in _files.Keys.Where(path => !seen.Contains(path)).ToArray())
            Miss(missing);
    }

    /// <summary>Editors replace a file by removing it first: it is deleted when it has not come back within a moment.</summary>
    private void Miss(string path)
    {
        var file = _files[path];
        if (file.MissingSince is not { } since)
        {
            _files[path] = file with { MissingSince = time.GetTimestamp() };
            LookAgain();
        }
        else if (time.GetElapsedTime(since) >= Settling)
        {
            _files.Remove(path);
        }
    }

    private void Read(FileInfo file)
    {
        var stamp = StampOf(file);
        var known = _files.GetValueOrDefault(file.FullName);
        if (known is { MissingSince: not null })
            _files[file.FullName] = known = known with { MissingSince = null };
        if (known is not null && known.Stamp == stamp && known.Problems.Count == 0)
            return;
        var objection = FileTrust.Objection(file.FullName);
        if (known is not null && known.Stamp == stamp && known.IsTold && known.Objection == objection)
            return;
        var problems = new List<string>();
        var definitions = Parse(file.FullName, objection, problems);
        var isSettled = time.GetUtcNow() - stamp.Written is var age && (age > Settling || age < TimeSpan.Zero);
        if (problems.Count > 0 && isSettled)
        {
            var consequence = known is { Definitions.Count: > 0 } ? "what it said before stays" : "it is left out";
            foreach (var problem in problems.Take(10))
                Wrong(logger, file.FullName, Limits.Show(problem), consequence);
        }
        else if (problems.Count > 0)
        {
            LookAgain();
        }

        _files[file.FullName] = new ReadFile(
            stamp, problems.Count == 0 ? definitions : known?.Definitions ?? [], problems, isSettled, objection);
    }

    private static IReadOnlyList<ServiceDefinition> Parse(string path, string? objection, List<string> problems)
    {
        try
        {
            using var handle = PlainFile.Open(path);
            var length = RandomAccess.GetLength(handle);
            if (length is 0 or > MostBytes)
            {
                problems.Add(length == 0
                    ? "It has nothing in it; write a definition, { \"name\": … }, or delete it."
                    : $"It has {length} bytes; split it into files of at most {MostBytes}.");
                return [];
            }

            var bytes = new byte[length];
            var count = PlainFile.Read(handle, bytes);
            return new DefinitionReader(path, objection).Read(bytes.AsMemory(0, count), problems);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            problems.Add($"It cannot be read: {cannot.Message} Let it be a file that the agent's user may read, or delete it.");
            return [];
        }
    }

    private static (DateTime Written, long Length) StampOf(FileInfo file)
    {
        try
        {
            // Of a link, what it leads to counts.
            var real = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return (real.LastWriteTimeUtc, real.Exists ? real.Length : 0);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private void LookAgain()
    {
        _again ??= time.CreateTimer(_ => _changed?.Invoke(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _again.Change(Settling, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A folder that cannot be watched is looked at on the timer all the same.</summary>
    private void StartWatching()
    {
        if (_watcher is not null || _changed is null || !Directory.Exists(folder))
            return;
        try
        {
            _watcher = new FileSystemWatcher(folder, "*.json")
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            _watcher.Changed += OnChange;
            _watcher.Created += OnChange;
            _watcher.Deleted += OnChange;
            _watcher.Renamed += OnChange;
            _watcher.Error += (_, _) => _changed?.Invoke();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception cannot) when (cannot is IOException or ArgumentException)
        {
            StopWatching();
            Unwatched(logger, folder, cannot.Message);
        }
    }

    private void StopWatching()
    {
        _watcher?.Dispose();
        _watcher = null;
    }

    private void OnChange(object sender, FileSystemEventArgs happened) => _changed?.Invoke();

    [LoggerMessage(140, LogLevel.Warning, "{File}: {Problem} Until then {Consequence}")]
    private static partial void Wrong(ILogger logger, string file, string problem, string consequence);

    [LoggerMessage(141, LogLevel.Warning,
        "{Folder} has {Count} definitions, and an agent takes {Most}: the rest, by the order of the files' names, is left out. "
            + "Run another agent, with another Agent:Name, for them")]
    private static partial void TooMany(ILogger logger, string folder, int count, int most);

    [LoggerMessage(142, LogLevel.Warning, "The folder {Folder} cannot be read, and what its files said stays: {Reason}")]
    private static partial void Unreadable(ILogger logger, string folder, string reason);

    [LoggerMessage(143, LogLevel.Information,
        "There is no folder {Folder} (Agent:ServicesFolder); its files are read as soon as it is there")]
    private static partial void Missing(ILogger logger, string folder);

    [LoggerMessage(144, LogLevel.Warning,
        "The folder {Folder} cannot be watched, so changes are found within Agent:ReconcileInterval: {Reason}")]
    private static partial void Unwatched(ILogger logger, string folder, string reason);

    /// <summary>What is known of a file.</summary>
    /// <param name="Stamp">Its time and length when it was read.</param>
    /// <param name="Definitions">What it said when it was last valid.</param>
    /// <param name="Problems">What is wrong with it.</param>
    /// <param name="IsTold">Whether those were told.</param>
    /// <param name="Objection">Why it could not name programs then.</param>
    private sealed record ReadFile(
        (DateTime, long) Stamp,
        IReadOnlyList<ServiceDefinition> Definitions,
        IReadOnlyList<string> Problems,
        bool IsTold,
        string? Objection)
    {
        /// <summary>When it was first missed; null while it is there.</summary>
        public long? MissingSince { get; init; }
    }
}
