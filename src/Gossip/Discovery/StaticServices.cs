using Gossip.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Gossip.Discovery;

/// <summary>
/// The services of the configuration: those that .NET Aspire writes, and those that an operator writes as an override. A service of the
/// configuration is not looked for in the cluster. A reloaded configuration takes effect.
/// </summary>
internal sealed partial class StaticServices : IDisposable
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Services";

    private readonly SnapshotFeed? _feed;
    private readonly ILogger? _logger;
    private readonly IDisposable? _following;

    /// <summary>Values that are no addresses, and were logged.</summary>
    private HashSet<string> _told = [];

    private int _asked;
    private Dictionary<string, IReadOnlyList<ServiceInstance>> _services = new(StringComparer.OrdinalIgnoreCase);

    private StaticServices()
    {
    }

    /// <param name="configuration">The whole configuration; its section is <see cref="SectionName"/>.</param>
    /// <param name="feed">Wakes waiting readers when the configuration was reloaded.</param>
    /// <param name="logger">Logs values that are no addresses.</param>
    public StaticServices(IConfiguration configuration, SnapshotFeed feed, ILogger logger)
    {
        _feed = feed;
        _logger = logger;
        Load(configuration);
        _following = ChangeToken.OnChange(configuration.GetReloadToken, Reload, configuration);
    }

    public static StaticServices None { get; } = new();

    /// <summary>How many complaints are remembered, so that each is logged once.</summary>
    internal int ComplaintsKept => _told.Count;

    /// <summary>The instances of a service; null when it is not in the configuration.</summary>
    public IReadOnlyList<ServiceInstance>? Find(string service)
    {
        var services = Volatile.Read(ref _services);
        return services.Count == 0 ? null : services.GetValueOrDefault(service);
    }

    public void Dispose() => _following?.Dispose();

    /// <summary>
    /// First the services, then the signal, so that a woken reader sees the new ones. While one thread loads, another only asks it to load
    /// again, so that the newest configuration stays.
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
    /// A source of the configuration may be the application's own: one that throws leaves the services unchanged, and is read again at the
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

    /// <summary>An unchanged service stays the same object, keeps its statistics, and wakes no reader.</summary>
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
        // Corrected values are forgotten, or changing configurations would fill the memory.
        _told = problems;
    }

    [LoggerMessage(74, LogLevel.Error, "The section {Section} of the configuration could not be read, and what was before stays")]
    private static partial void NotLoaded(ILogger logger, string section, Exception error);

    [LoggerMessage(77, LogLevel.Warning, "{Problem}")]
    private static partial void NoAddress(ILogger logger, string problem);
}
