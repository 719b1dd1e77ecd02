using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Gossip.Bootstrap;

/// <summary>
/// What a caller of the diagnostic endpoint sends to prove that it acts for the user of this process: 32 bytes of the operating system's
/// generator, in a file of the <see cref="MachineDirectory"/> that no other user may read. Each process has its own, and removes it at its
/// end.
/// </summary>
internal sealed class EndpointToken : IDisposable
{
    private const int Bytes = 32;

    /// <summary>The most files that one look lists, and the most tokens of killed processes that it removes.</summary>
    private const int MostListed = 16_384;
    private const int MostSwept = 256;

    private readonly string _text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Processes in containers that share the folder may have the same process id.</summary>
    private readonly string _name = $"endpoint-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.token";

    private readonly ConcurrentBag<EndpointPlace> _endpoints = [];

    private HeldFile? _file;
    private Place _place = new(null, "it is being written");
    private bool _isBusy;
    private volatile bool _isClosed;

    /// <summary>The name of the file, wherever it is.</summary>
    public string FileName => _name;

    /// <summary>Whether that is the token.</summary>
    public bool Is(string offered) => AreSame(offered, _text);

    /// <summary>Compares two secrets in a time that does not depend on where they differ.</summary>
    public static bool AreSame(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    /// <summary>
    /// Writes the token into the first folder that can be used, and again if the file was deleted. It never throws, since an endpoint works
    /// without a file too.
    /// </summary>
    public Place Show(IReadOnlyList<MachineDirectory> directories)
    {
        var known = Volatile.Read(ref _place);
        if (_isClosed || Volatile.Read(ref _file) is { IsThere: true } || Interlocked.Exchange(ref _isBusy, true))
            return known;
        try
        {
            _file?.Dispose();
            Volatile.Write(ref _file, null);
            Volatile.Write(ref _place, Leave(directories));
            if (_isClosed)
                _file?.Dispose();
            return _place;
        }
        finally
        {
            Volatile.Write(ref _isBusy, false);
        }
    }

    /// <summary>Tells the commands of this user where an endpoint is that the token opens, for as long as the process lives.</summary>
    public void Lead(IReadOnlyList<MachineDirectory> directories, EndpointFound endpoint) =>
        _endpoints.Add(new EndpointPlace(directories, endpoint, TimeProvider.System));

    public void Dispose()
    {
        _isClosed = true;
        Volatile.Read(ref _file)?.Dispose();
        foreach (var endpoint in _endpoints)
            endpoint.Dispose();
    }

    private Place Leave(IReadOnlyList<MachineDirectory> directories)
    {
        var problems = new List<string>();
        foreach (var directory in directories)
        {
            if ((directory.Prepare() ?? TryWrite(directory)) is not { } problem)
                return new(Path.Combine(directory.Path, _name), null);
            problems.Add($"{directory.Path}: {problem}");
        }

        return new(null, problems.Count > 0 ? string.Join("; ", problems) : "this process has no machine directory");
    }

    /// <returns>Why there is no file; null when there is.</returns>
    private string? TryWrite(MachineDirectory directory)
    {
        try
        {
            var path = Path.Combine(directory.Path, _name);
            Volatile.Write(ref _file, HeldFile.Create(path, _text + "\n"));
            // Some file systems do not lock: there a living process's file would look like that of a dead one.
            if (HeldFile.IsHeld(path))
                Sweep(directory, "endpoint-*.token*");
            return null;
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            return cannot.Message;
        }
    }

    /// <summary>Removes the files of killed processes, which are of no use any more.</summary>
    internal static void Sweep(MachineDirectory directory, string pattern)
    {
        var files = new DirectoryInfo(directory.Path).EnumerateFiles(pattern).Take(MostListed);
        foreach (var file in files.Where(file => HeldFile.HasOurLength(file) && !HeldFile.IsHeld(file.FullName)).Take(MostSwept).ToArray())
            file.Delete();
    }

    /// <summary>Where the token is.</summary>
    /// <param name="Path">The file; null when there is none.</param>
    /// <param name="Problem">Why there is none.</param>
    internal sealed record Place(string? Path, string? Problem);
}
