using System.Net;

namespace Gossip.Bootstrap;

/// <summary>
/// A source together with its results, which tell why no node was found. One task writes, any thread reads. Repeated results, which every
/// source gives without end, cost no allocation.
/// </summary>
internal sealed class WatchedSource(ISeedSource source, TimeProvider time)
{
    /// <summary>Addresses remembered of each source: enough to see what it finds.</summary>
    private const int Remembered = 32;

    /// <summary>A source whose last failure is longer ago than this counts as working.</summary>
    private static readonly TimeSpan FailureMatters = TimeSpan.FromMinutes(10);

    private (IPEndPoint Address, bool IsUsable)[] _found = [];
    private string? _problem;
    private long _askedAt;
    private long _foundAt;
    private long _failedAt;

    public ISeedSource Source => source;

    /// <summary>
    /// Read once: the source may be the application's, and the report of a source that throws must not fail because of its name.
    /// </summary>
    public string Name { get; } = NameOf(source);

    public SourceReport Report
    {
        get
        {
            var found = Volatile.Read(ref _found);
            var failedAt = MomentOf(ref _failedAt);
            var problem = time.GetUtcNow() - failedAt < FailureMatters ? Volatile.Read(ref _problem) : null;
            return new(
                Name,
                MomentOf(ref _askedAt),
                MomentOf(ref _foundAt),
                [.. found.Select(one => one.Address)],
                found.Count(one => !one.IsUsable),
                problem,
                problem is null ? null : failedAt);
        }
    }

    public void Asked() => Volatile.Write(ref _askedAt, time.GetUtcNow().UtcTicks);

    public void Failed(string problem)
    {
        Volatile.Write(ref _problem, problem);
        Volatile.Write(ref _failedAt, time.GetUtcNow().UtcTicks);
    }

    public void Found(IPEndPoint address, bool isUsable)
    {
        Volatile.Write(ref _foundAt, time.GetUtcNow().UtcTicks);
        Volatile.Write(ref _problem, null);
        foreach (var (known, _) in _found)
        {
            if (known.Equals(address))
                return;
        }

        Volatile.Write(ref _found, [.. _found.TakeLast(Remembered - 1), (address, isUsable)]);
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
