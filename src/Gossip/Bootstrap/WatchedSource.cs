using System.Net;
using Gossip.Diagnostics;

namespace Gossip.Bootstrap;

/// <summary>
/// A source together with what it did, for whoever wants to know why nobody was found. One task writes, any thread reads; a source that
/// repeats itself, as all do for ever, costs no allocation.
/// </summary>
internal sealed class WatchedSource(ISeedSource source, TimeProvider time)
{
    /// <summary>Addresses remembered of each source: enough to see what it tells.</summary>
    private const int Remembered = 32;

    private IPEndPoint[] _found = [];
    private string? _problem;
    private long _askedAt;
    private long _foundAt;
    private int _unusable;

    public ISeedSource Source => source;

    /// <summary>
    /// Asked for once: the source may be the application's, and whoever reports of one that throws must not fail over its name.
    /// </summary>
    public string Name { get; } = NameOf(source);

    public SourceReport Report => new(
        Name,
        MomentOf(ref _askedAt),
        MomentOf(ref _foundAt),
        Volatile.Read(ref _found),
        Volatile.Read(ref _unusable),
        Volatile.Read(ref _problem));

    public void Asked() => Volatile.Write(ref _askedAt, time.GetUtcNow().UtcTicks);

    public void Failed(string problem) => Volatile.Write(ref _problem, problem);

    public void Found(IPEndPoint address, bool isUsable)
    {
        Volatile.Write(ref _foundAt, time.GetUtcNow().UtcTicks);
        Volatile.Write(ref _problem, null);
        if (Array.IndexOf(_found, address) >= 0)
            return;
        Volatile.Write(ref _found, [.. _found.TakeLast(Remembered - 1), address]);
        Volatile.Write(ref _unusable, _unusable + (isUsable ? 0 : 1));
    }

    private static DateTimeOffset? MomentOf(ref long ticks) =>
        Volatile.Read(ref ticks) is var known and not 0 ? new DateTimeOffset(known, TimeSpan.Zero) : null;

    private static string NameOf(ISeedSource source)
    {
        try
        {
            return source.Name;
        }
        catch (Exception)
        {
            return source.GetType().Name;
        }
    }
}
