using System.IO.Compression;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Wire;

namespace Gossip.Cli.Protocols.Eureka.Catalogs;

/// <summary>
/// Has the view that there is now: it is made when somebody asks, and one makes it for all who ask meanwhile. The whole list, which clients
/// fetch again and again, is packed once.
/// </summary>
/// <param name="discovery">The cluster.</param>
/// <param name="source">What clients of this agent have registered.</param>
/// <param name="time">The clock of changes.</param>
internal sealed class EurekaCatalog(IServiceDiscovery discovery, EurekaSource source, TimeProvider time)
{
    private readonly Mailbox _turns = new();
    private readonly Packed?[] _packed = new Packed?[2];
    private EurekaView _view = EurekaView.Begin();

    /// <summary>What there is now: whatever was done before is in it.</summary>
    public ValueTask<EurekaView> ViewAsync(CancellationToken cancellation) =>
        Volatile.Read(ref _view) is var seen && seen.Shows(discovery.Current, source.State)
            ? ValueTask.FromResult(seen)
            : TakeTurnAsync(Renew, cancellation);

    /// <summary>What has changed in a view since another; null where that is not known.</summary>
    public IReadOnlyList<EurekaChange>? Since(EurekaView view, long? version) => view.Since(version, time);

    /// <summary>All of a view, packed by gzip.</summary>
    public ValueTask<byte[]> PackedAsync(EurekaView view, EurekaFormat format, CancellationToken cancellation) =>
        Volatile.Read(ref _packed[(int)format]) is { } known && known.Version == view.Version
            ? ValueTask.FromResult(known.Bytes)
            : TakeTurnAsync(() => Pack(view, format), cancellation);

    /// <summary>All of a view, part by part.</summary>
    public static IEnumerable<byte[]> All(EurekaView view, EurekaFormat format) => EurekaPages.Applications(
        format, VersionOf(view), view.Hash, view.Applications.Values.Select(application => application.Written(format)));

    /// <summary>The number of a view, as Eureka writes it.</summary>
    public static string VersionOf(EurekaView view) => view.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private EurekaView Renew()
    {
        var (snapshot, state) = (discovery.Current, source.State);
        if (!_view.Shows(snapshot, state))
            Volatile.Write(ref _view, _view.Next(snapshot, state, time));
        return _view;
    }

    private byte[] Pack(EurekaView view, EurekaFormat format)
    {
        if (_packed[(int)format] is { } known && known.Version == view.Version)
            return known.Bytes;
        using var packed = new MemoryStream();
        using (var packer = new GZipStream(packed, CompressionLevel.Fastest))
        {
            foreach (var part in All(view, format))
                packer.Write(part);
        }

        var bytes = packed.ToArray();
        Volatile.Write(ref _packed[(int)format], new(view.Version, bytes));
        return bytes;
    }

    /// <summary>Has something done while nobody else does.</summary>
    private async ValueTask<T> TakeTurnAsync<T>(Func<T> act, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _turns.Post(() =>
        {
            try
            {
                done.SetResult(act());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>A whole list, packed.</summary>
    private sealed record Packed(long Version, byte[] Bytes);
}
