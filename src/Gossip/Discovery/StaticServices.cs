using Gossip.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Gossip.Discovery;

/// <summary>
/// Services that stand in the configuration: what .NET Aspire writes, and what an operator writes to have the last word. A service that
/// stands here is not looked for in the cluster. A configuration that is loaded anew is followed.
/// </summary>
internal sealed partial class StaticServices : IDisposable
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Services";

    private readonly SnapshotFeed? _feed;
    private readonly ILogger? _logger;
    private readonly IDisposable? _following;

    /// <summary>What is no address, and has been told.</summary>
    private HashSet<string> _told = [];

    private int _asked;
    private Dictionary<string, IReadOnlyList<ServiceInstance>> _services = new(StringComparer.OrdinalIgnoreCase);

    private StaticServices()
    {
    }

    /// <param name="configuration">The whole configuration; its section is <see cref="SectionName"/>.</param>
    /// <param name="feed">Wakes whoever waits when the configuration was loaded anew.</param>
    /// <param name="logger">Hears of values that are no addresses.</param>
    public StaticServices(IConfiguration configuration, SnapshotFeed feed, ILogger logger)
    {
        _feed = feed;
        _logger = logger;
        Load(configuration);
        _following = ChangeToken.OnChange(configuration.GetReloadToken, Reload, configuration);
    }

    public static StaticServices None { get; } = new();

    /// <summary>How many complaints are remembered, so that each is told once.</summary>
    internal int ComplaintsKept => _told.Count;

    /// <summary>The instances of a service; null when it does not stand in the configuration.</summary>
    public IReadOnlyList<ServiceInstance>? Find(string service)
    {
        var services = Volatile.Read(ref _services);
        return services.Count == 0 ? null : services.GetValueOrDefault(service);
    }

    public void Dispose() => _following?.Dispose();

    /// <summary>
    /// First the services, then the signal: whoever it wakes sees the new ones. While one thread loads, another only asks it to load once
    /// more, so that the last word stays.
    /// </summary>
    private void Reload(IConfiguration configuration)
    {
        if (Interlocked.Increment(ref _asked) > 1)
            return;
        int asked;
        do
        {
            asked = Volatile.Read(ref _asked);
            TryLoad(configuration);
        }
        while (Interlocked.CompareExchange(ref _asked, 0, asked) != asked);
        _feed!.Renew();
    }

    /// <summary>
    /// A source of the configuration may be the application's own: one that throws leaves the services as they were, and is asked at the
    /// next reload.
    /// </summary>
    private void TryLoad(IConfiguration configuration)
    {
        try
        {
            Load(configuration);
        }
        catch (Exception error)
        {
            NotLoaded(_logger!, SectionName, error);
        }
    }

    /// <summary>What has not changed stays the same object, with what is known of its statistics, and wakes nobody.</summary>
    private void Load(IConfiguration configuration)
    {
        var services = new Dictionary<string, IReadOnlyList<ServiceInstance>>(StringComparer.OrdinalIgnoreCase);
        HashSet<string> problems = [];
        foreach (var section in configuration.GetSection(SectionName).GetChildren())
        {
            var addresses = new StaticAddresses(section);
            problems.UnionWith(addresses.Problems);

            if (addresses.ToInstances(Find(section.Key), _feed!.BalancingClock) is { Count: > 0 } instances)
                services[section.Key] = instances;
        }

        Volatile.Write(ref _services, services);
        foreach (var problem in problems.Where(problem => !_told.Contains(problem)))
            NoAddress(_logger!, problem);
        // What is mended is forgotten, or configurations that come and go would fill the memory.
        _told = problems;
    }

    [LoggerMessage(74, LogLevel.Error, "The section {Section} of the configuration could not be read, and what was before stays")]
    private static partial void NotLoaded(ILogger logger, string section, Exception error);

    [LoggerMessage(77, LogLevel.Warning, "{Problem}")]
    private static partial void NoAddress(ILogger logger, string problem);
}
