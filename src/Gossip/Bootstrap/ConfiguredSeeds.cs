using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gossip.Configuration;
using Gossip.Loop;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// The seeds of the options. Names are resolved again without end, since the machines behind a name change; the pauses grow, and are
/// jittered so that nodes that started together do not ask together. If all seeds are addresses, they are reported once: the loop tries
/// them by itself (<see cref="GossipNode.Seeds"/>), and waking a pool thread at times would double what an idle node costs.
/// </summary>
internal sealed partial class ConfiguredSeeds(IReadOnlyList<SeedAddress> seeds, TimeProvider time, ILogger logger) : ISeedSource
{
    private readonly ConcurrentDictionary<SeedAddress, IReadOnlyList<IPEndPoint>> _known = [];
    private readonly HashSet<string> _unresolved = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Each seed as it was configured, with the addresses that it last resolved to.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> Known =>
        _known.ToDictionary(known => $"{known.Key.Host}:{known.Key.Port}", known => known.Value);

    /// <summary>Replaced by tests.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = System.Net.Dns.GetHostAddressesAsync;

    private bool HasNames => seeds.Any(seed => seed.Address is null);

    internal Backoff Pauses { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));

    /// <inheritdoc/>
    public string Name => "Gossip:Seeds";

    public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var round = 0; seeds.Count > 0; round++)
        {
            foreach (var seed in seeds)
            {
                foreach (var address in await FindAsync(seed, cancellation).ConfigureAwait(false))
                    yield return address;
            }

            await Task.Delay(HasNames ? Pauses.Before(round) : Timeout.InfiniteTimeSpan, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>What a seed resolves to now. An address resolves to itself.</summary>
    private async ValueTask<IReadOnlyList<IPEndPoint>> FindAsync(SeedAddress seed, CancellationToken cancellation)
    {
        if (seed.Address is not null && _known.TryGetValue(seed, out var itself))
            return itself;
        var addresses = seed.Address is not null ? [seed.Address] : await ResolveAsync(seed, cancellation).ConfigureAwait(false);
        return _known[seed] = [.. addresses.Select(address => new IPEndPoint(address, seed.Port))];
    }

    private async ValueTask<IPAddress[]> ResolveAsync(SeedAddress seed, CancellationToken cancellation)
    {
        try
        {
            var addresses = await Resolve(seed.Host, cancellation).ConfigureAwait(false);
            if (_unresolved.Remove(seed.Host))
                Resolved(logger, seed.Host, addresses.Length);
            return addresses;
        }
        catch (SocketException error)
        {
            if (_unresolved.Add(seed.Host))
                DoesNotResolve(logger, seed.Host, error.Message);
            return [];
        }
    }

    [LoggerMessage(20, LogLevel.Warning, "Seed '{Host}' does not resolve ({Reason}); it is tried again and again")]
    private static partial void DoesNotResolve(ILogger logger, string host, string reason);

    [LoggerMessage(21, LogLevel.Information, "Seed '{Host}' resolves to {Count} addresses now")]
    private static partial void Resolved(ILogger logger, string host, int count);
}
