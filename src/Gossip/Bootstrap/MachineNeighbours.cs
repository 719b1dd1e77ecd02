using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// The nodes of this user on this machine, one small file each in the <see cref="MachineDirectory"/>, so that those of one cluster find
/// each other whatever ports they got, and whichever have left. Like every source it tells where to look, never which members live.
/// </summary>
/// <remarks>
/// <code>
/// name      {cluster, key and network, hashed}-{node's id}
/// content   an address of this machine where the node listens, on each line; anything else is for people
/// </code>
/// The name alone tells whether a file matters, so those of other clusters are not read. The lock of a <see cref="HeldFile"/> tells which
/// files belong to killed processes.
/// </remarks>
internal sealed partial class MachineNeighbours : ISeedSource, IAsyncDisposable
{
    /// <summary>Files that one look lists: more than there are processes on a machine.</summary>
    private const int MostListed = 16_384;

    /// <summary>Files of the cluster that one look opens: files of many killed processes are gone after a few looks.</summary>
    private const int MostOpened = 256;

    /// <summary>Neighbours that one look of a lone node reports: one that answers knows the others.</summary>
    private const int MostTold = 8;

    /// <summary>Files of other clusters that one look checks: there may be no other node left to remove them.</summary>
    private const int MostSwept = 8;

    private const int HashDigits = 16;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>An unreadable folder is reported; by default it would look empty.</summary>
    private static readonly EnumerationOptions FilesOnly = new()
    {
        AttributesToSkip = FileAttributes.Directory | FileAttributes.ReparsePoint,
        IgnoreInaccessible = false,
    };

    private readonly MachineDirectory _directory;
    private readonly NodeIdentity _identity;
    private readonly SnapshotFeed _feed;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _group;
    private readonly string _path;
    private HeldFile? _own;
    private string? _problem;
    private bool _locksWork;
    private volatile bool _isClosed;

    public MachineNeighbours(MachineDirectory directory, NodeIdentity identity, SnapshotFeed feed, TimeProvider time, ILogger logger)
    {
        _directory = directory;
        _identity = identity;
        _feed = feed;
        _time = time;
        _logger = logger;
        _group = GroupOf(identity);
        _path = Path.Combine(directory.Path, $"{_group}-{identity.Id}");
    }

    /// <inheritdoc/>
    public string Name => Volatile.Read(ref _problem) is { } problem
        ? $"machine directory {_directory.Path} (not used: {problem})"
        : $"machine directory {_directory.Path}";

    /// <summary>Where it looks, and, if it does not, why.</summary>
    public MachineDirectoryReport Report => new(_directory.Path, Volatile.Read(ref _problem));

    /// <summary>
    /// Between two looks of a lone node: a newcomer finds it at once, so this is for neighbours that the first look missed.
    /// </summary>
    internal Backoff Alone { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    /// <summary>Between two looks of a node in company, which writes its file again if it was deleted, and tries one neighbour.</summary>
    internal Backoff InCompany { get; init; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

    /// <inheritdoc/>
    public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var isAlone = !_feed.Newest.Snapshot.Members.Any(member => !member.IsSelf && member.State <= MemberState.Suspect);
            foreach (var neighbour in Look(isAlone ? MostTold : 1))
                yield return neighbour;
            await Task.Delay((isAlone ? Alone : InCompany).Before(0), _time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Removes the file: a node that stops must not be found.</summary>
    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        _own?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Writes the own file, then lists those of the others, so that of two nodes that start together at least one finds the other. Removes
    /// files of killed processes.
    /// </summary>
    internal IReadOnlyList<IPEndPoint> Look(int atMost)
    {
        try
        {
            if (!Announce())
                return [];
            var listed = new DirectoryInfo(_directory.Path).EnumerateFiles("*", FilesOnly).Take(MostListed);
            var files = listed.Where(file => IsOurs(file.Name)).ToArray();
            Random.Shared.Shuffle(files);
            foreach (var file in files.Where(file => !IsOfGroup(file.Name)).Take(MostSwept))
                TrySweep(file);
            IPEndPoint[] found = [.. files.Where(file => IsOfGroup(file.Name) && file.FullName != _path).Take(MostOpened)
                .Select(Read).OfType<IPEndPoint>().Take(atMost)];
            Volatile.Write(ref _problem, null);
            return found;
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            Refuse(cannot.Message);
            return [];
        }
    }

    /// <summary>
    /// Tells clusters apart without revealing them, and those with a key from those without; not which key, since that may change. Each
    /// network namespace has its own loopback, since containers may share a folder but no network.
    /// </summary>
    private static string GroupOf(NodeIdentity identity)
    {
        var network = OperatingSystem.IsLinux() ? new FileInfo("/proc/self/ns/net").LinkTarget : "";
        var text = $"{identity.Cluster}\n{(identity.KeyFingerprint is null ? "open" : "sealed")}\n{network}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashDigits];
    }

    /// <summary>Whether a file's name is one that a node gives.</summary>
    private static bool IsOurs(string name)
    {
        var digits = name.EndsWith(HeldFile.Draft, StringComparison.Ordinal) ? name.AsSpan(0, name.Length - HeldFile.Draft.Length) : name;
        return digits.Length > HashDigits + 1 && digits.Length <= HashDigits * 2 + 1 && digits[HashDigits] == '-'
            && !digits[..HashDigits].ContainsAnyExcept(Digits) && !digits[(HashDigits + 1)..].ContainsAnyExcept(Digits);
    }

    private bool IsOfGroup(string name) => name.StartsWith(_group, StringComparison.Ordinal);

    /// <summary>Where other processes of this machine reach a node.</summary>
    private static IEnumerable<IPAddress> PlacesOf(PeerAddress local)
    {
        if (!local.IsAny)
            return [local.ToIPAddress()];
        return local.IsIPv4 ? [IPAddress.Loopback] : new[] { OwnLoopback.Find(), IPAddress.IPv6Loopback }.Distinct();
    }

    /// <summary>Shows this node to the others, again if its file was deleted.</summary>
    private bool Announce()
    {
        if (_isClosed)
            return false;
        if (_own is { IsThere: true })
            return true;
        _own?.Dispose();
        _own = null;
        if (_directory.Prepare() is { } problem)
        {
            Refuse(problem);
            return false;
        }

        var places = PlacesOf(_identity.Local).Select(place => new IPEndPoint(place, _identity.Local.Port).ToString());
        _own = HeldFile.Create(_path, string.Join('\n', [.. places, $"process {Environment.ProcessId}\n"]));
        // Some file systems do not lock: there every file, the own one included, looks as if its process were gone.
        _locksWork = HeldFile.IsHeld(_path);
        return true;
    }

    /// <summary>Removes a file if its process was killed.</summary>
    private bool TrySweep(FileInfo file)
    {
        try
        {
            if (!_locksWork || !HeldFile.HasOurLength(file) || HeldFile.IsHeld(file.FullName))
                return false;
            file.Delete();
            return true;
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            // Another node has removed it, or this one may not.
            return false;
        }
    }

    private IPEndPoint? Read(FileInfo file)
    {
        try
        {
            if (TrySweep(file) || !HeldFile.HasOurLength(file) || file.Name.EndsWith(HeldFile.Draft, StringComparison.Ordinal))
                return null;
            return HeldFile.Read(file.FullName).Split('\n').Select(Parse)
                .FirstOrDefault(place => place is not null && _identity.CanTry(PeerAddress.From(place)));
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            // The file has just gone, or is not from this library; the others are still read.
            return null;
        }
    }

    private static IPEndPoint? Parse(string line) => IPEndPoint.TryParse(line, out var place) && place.Port != 0 ? place : null;

    private void Refuse(string problem)
    {
        if (_problem is null)
            Refused(_logger, _directory.Path, problem);
        Volatile.Write(ref _problem, problem);
    }

    [LoggerMessage(36, LogLevel.Warning,
        "The folder {Path}, by which nodes of one user on this machine find each other, is not used: {Reason}. "
        + "They find each other at the well-known ports all the same, as far as these go")]
    private static partial void Refused(ILogger logger, string path, string reason);
}
