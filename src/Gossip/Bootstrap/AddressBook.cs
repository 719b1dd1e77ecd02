using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// Where members were last seen, in a file, so that a cluster forms again after a restart of every process, even if its seeds are down. It
/// tells where to look, never which members live: addresses are asked like those of any other seed, and only by a node that is alone.
/// </summary>
internal sealed partial class AddressBook(
    string path, NodeIdentity identity, SnapshotFeed feed, TimeProvider time, ILogger logger)
    : ISeedSource, IAsyncDisposable
{
    /// <summary>One member that answers is enough, since it knows the others; more only raise the chance of an answer.</summary>
    private const int Capacity = 64;

    /// <summary>A longer file is not from this library.</summary>
    private const int LongestFile = 64 * 1024;

    private readonly string[] _head =
    [
        $"# Where members of the Gossip cluster '{identity.Cluster}' were last seen. They are asked when the seeds are silent.",
        "# Safe to delete. Gossip:AddressBook names another file, or 'none'.",
    ];

    private HashSet<PeerAddress> _written = [];
    private bool _hasFailed;

    /// <inheritdoc/>
    public string Name => $"address book {path}";

    internal Backoff Pauses { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));

    /// <summary>
    /// The file of a node: the one that the options name or, for a node that others can reach, one of the user that the process runs as;
    /// null for none. All processes of one application share it, since they know the same.
    /// </summary>
    public static string? PathOf(GossipOptions options, NodeIdentity identity, string application)
    {
        if (options.AddressBook is { } chosen)
            return chosen.Equals("none", StringComparison.OrdinalIgnoreCase) ? null : chosen;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (identity.IsLocalOnly || home.Length == 0)
            return null;
        var name = string.Join('-', identity.Cluster, identity.KeyFingerprint is null ? "open" : "sealed", application);
        return Path.Combine(
            home, "gossip", string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')) + ".peers");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var round = 0; ; round++)
        {
            if (Neighbours() is { Count: > 0 } neighbours)
            {
                await WriteAsync(neighbours).ConfigureAwait(false);
                round = 0;
            }
            else
            {
                foreach (var address in await ReadAsync(cancellation).ConfigureAwait(false))
                    yield return address;
            }

            await Task.Delay(Pauses.Before(round + 1), time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the known addresses at the end. A node that is alone leaves the book unchanged.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Neighbours() is { Count: > 0 } neighbours)
            await WriteAsync(neighbours).ConfigureAwait(false);
    }

    /// <summary>The live members that machines other than this one may reach, those in the book already first.</summary>
    private List<PeerAddress> Neighbours() =>
        [.. feed.Newest.Snapshot.Members
            .Where(member => !member.IsSelf && member.State is MemberState.Alive or MemberState.Suspect
                && !member.Profile.Address.IsLoopback)
            .Select(member => member.Profile.Address)
            .OrderByDescending(_written.Contains)
            .Take(Capacity)];

    private async ValueTask WriteAsync(List<PeerAddress> addresses)
    {
        if (_written.SetEquals(addresses))
            return;
        var draft = $"{path}.{identity.Id}";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            await File.WriteAllLinesAsync(draft, [.. _head, .. addresses.Select(address => address.ToString())]).ConfigureAwait(false);
            File.Move(draft, path, overwrite: true);
            _written = [.. addresses];
            _hasFailed = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Fail(error);
        }
    }

    /// <summary>The addresses in the file; none where there is no file, or one that cannot be a book.</summary>
    internal async ValueTask<IReadOnlyList<IPEndPoint>> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            // Opening a pipe waits for ever, and a device has no end: both have no length, and neither has a link that leads there.
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            if (file is not { Exists: true, Length: > 0 and <= LongestFile })
                return [];
            var lines = (await ReadTextAsync(file.FullName, cancellation).ConfigureAwait(false)).Split('\n');
            return [.. lines.Select(Parse).OfType<IPEndPoint>().Take(Capacity)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fail(error);
            return [];
        }
    }

    /// <summary>Reads no more than a book may have, whatever the file becomes meanwhile.</summary>
    private static async ValueTask<string> ReadTextAsync(string file, CancellationToken cancellation)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        await using var closing = stream.ConfigureAwait(false);
        var bytes = new byte[LongestFile];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>A line that is no address is ignored, since people may edit the file.</summary>
    private static IPEndPoint? Parse(string line) => IPEndPoint.TryParse(line.Trim(), out var found) && found.Port != 0 ? found : null;

    private void Fail(Exception error)
    {
        if (!_hasFailed)
            BookFailed(logger, path, error.Message);
        _hasFailed = true;
    }

    [LoggerMessage(35, LogLevel.Warning,
        "The addresses of members cannot be kept in {Path} ({Reason}), so a cluster that is restarted as a whole needs its seeds. "
            + "Set Gossip:AddressBook to a file that can be written, or to 'none'")]
    private static partial void BookFailed(ILogger logger, string path, string reason);
}
