using System.Net;
using Gossip.Diagnostics;

namespace Gossip.Bootstrap;

/// <summary>A source together with what it did, for whoever wants to know why nobody was found. One task writes, any thread reads.</summary>
internal sealed class WatchedSource(ISeedSource source, TimeProvider time)
{
    /// <summary>Addresses remembered of each source: enough to see what it tells.</summary>
    private const int Remembered = 32;

    private SourceReport _report = new(source.Name, null, null, [], 0, null);

    public ISeedSource Source => source;

    public SourceReport Report => Volatile.Read(ref _report);

    public void Asked() => Write(Report with { AskedAt = time.GetUtcNow() });

    public void Failed(string problem) => Write(Report with { Problem = problem });

    public void Found(IPEndPoint address, bool isUsable)
    {
        var before = Report;
        var isNew = !before.Found.Contains(address);
        Write(before with
        {
            FoundAt = time.GetUtcNow(),
            Found = isNew ? [.. before.Found.TakeLast(Remembered - 1), address] : before.Found,
            Unusable = before.Unusable + (isNew && !isUsable ? 1 : 0),
            Problem = null,
        });
    }

    private void Write(SourceReport report) => Volatile.Write(ref _report, report);
}
