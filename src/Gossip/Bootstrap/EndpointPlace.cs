using System.Security.Cryptography;

namespace Gossip.Bootstrap;

/// <summary>
/// Where a process serves a diagnostic endpoint, in a small file of the <see cref="MachineDirectory"/>, so that the command of the same
/// user finds it. Only that user can read it, and what it names is of use to nobody who lacks the token.
/// </summary>
/// <remarks>
/// <code>
/// name      endpoint-{process}-{random}.url
/// content   a URL of the endpoint on each line, then the file of its token, its cluster and its node, each behind its word
/// </code>
/// </remarks>
internal sealed class EndpointPlace : IDisposable
{
    private const string Files = "endpoint-*.url";

    /// <summary>Endpoints that one look tells, and files that it opens for that.</summary>
    private const int MostTold = 64;
    private const int MostOpened = 256;

    /// <summary>Temporary folders are tidied up now and then, of files that nobody has written for days.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private readonly string _name = $"endpoint-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.url";
    private readonly IReadOnlyList<MachineDirectory> _directories;
    private readonly string _text;
    private readonly ITimer _timer;
    private HeldFile? _file;
    private int _isBusy;
    private volatile bool _isClosed;

    public EndpointPlace(IReadOnlyList<MachineDirectory> directories, EndpointFound endpoint, TimeProvider time)
    {
        _directories = directories;
        _text = Write(endpoint);
        Show();
        _timer = time.CreateTimer(static place => ((EndpointPlace)place!).Show(), this, Pace, Pace);
    }

    /// <summary>What processes of this user have left there and still serve, the longest-serving first. It never throws.</summary>
    public static IReadOnlyList<EndpointFound> FindAll(MachineDirectory directory)
    {
        try
        {
            var files = new DirectoryInfo(directory.Path).EnumerateFiles(Files).Where(HeldFile.HasOurLength).Take(MostOpened)
                .OrderBy(file => file.LastWriteTimeUtc).ToArray();
            var held = files.Where(file => HeldFile.IsHeld(file.FullName)).ToArray();
            // Some file systems do not lock: there nobody can tell what a killed process has left.
            var isSure = held.Length > 0 || files.Length == 0 || IsLocking(directory);
            return
            [
                .. (isSure ? held : files).Select(Read).OfType<EndpointFound>().Take(MostTold)
                    .Select(found => found with { IsHeld = isSure }),
            ];
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            return [];
        }
    }

    /// <summary>Whether a lock on a file of the folder holds; a folder that cannot be written to is taken for one that locks.</summary>
    private static bool IsLocking(MachineDirectory directory)
    {
        try
        {
            var path = Path.Combine(
                directory.Path, $"endpoint-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.url.probe");
            using var probe = HeldFile.Create(path, "probe");
            return HeldFile.IsHeld(path);
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            return true;
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        _timer.Dispose();
        Volatile.Read(ref _file)?.Dispose();
    }

    /// <summary>Writes the file where it is missing, into the first folder that can be used. Without it the endpoint works too.</summary>
    private void Show()
    {
        if (_isClosed || _text.Length == 0 || Volatile.Read(ref _file) is { IsThere: true } || Interlocked.Exchange(ref _isBusy, 1) != 0)
            return;
        try
        {
            _file?.Dispose();
            Volatile.Write(ref _file, _directories.Select(TryWrite).FirstOrDefault(file => file is not null));
            if (_isClosed)
                _file?.Dispose();
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private HeldFile? TryWrite(MachineDirectory directory)
    {
        try
        {
            if (directory.Prepare() is not null)
                return null;
            var file = HeldFile.Create(Path.Combine(directory.Path, _name), _text);
            if (HeldFile.IsHeld(Path.Combine(directory.Path, _name)))
                EndpointToken.Sweep(directory, Files + "*");
            return file;
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            return null;
        }
    }

    /// <returns>Nothing where the file would be too long for a held one.</returns>
    private static string Write(EndpointFound endpoint)
    {
        string[] names = [$"token {endpoint.TokenFile}", $"cluster {endpoint.Cluster}", $"node {endpoint.Node}"];
        var text = string.Join('\n', [.. endpoint.Urls.Select(url => url.AbsoluteUri), .. names, ""]);
        return System.Text.Encoding.UTF8.GetByteCount(text) <= HeldFile.Longest ? text : "";
    }

    private static EndpointFound? Read(FileInfo file)
    {
        try
        {
            var lines = HeldFile.Read(file.FullName).Split('\n');
            Uri[] urls = [.. lines.Select(Parse).OfType<Uri>()];
            return urls.Length == 0
                ? null
                : new(urls, Behind("token "), Behind("cluster "), Behind("node ")) { Folder = file.DirectoryName };

            string Behind(string word) =>
                lines.FirstOrDefault(line => line.StartsWith(word, StringComparison.Ordinal))?[word.Length..] ?? "";
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            // Its process has just ended.
            return null;
        }
    }

    private static Uri? Parse(string line) =>
        line.StartsWith("http", StringComparison.Ordinal) && Uri.TryCreate(line, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) ? url : null;
}

/// <summary>A diagnostic endpoint of this machine.</summary>
/// <param name="Urls">Its URLs; each leads to the same.</param>
/// <param name="TokenFile">The name of the file with its token, in the same folder; it may not be there yet.</param>
/// <param name="Cluster">The cluster of its node.</param>
/// <param name="Node">The name of its node.</param>
internal sealed record EndpointFound(IReadOnlyList<Uri> Urls, string TokenFile, string Cluster, string Node)
{
    /// <summary>Where it was found; null for one that was not.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether its process lives; false where the file system does not lock, so that nobody can tell.</summary>
    public bool IsHeld { get; init; }
}
