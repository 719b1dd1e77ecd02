using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.CloudMap.Model;
using Gossip.Cli.Protocols.CloudMap.Serving;
using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Protocols.CloudMap;

/// <summary>
/// The API of AWS Cloud Map on the agent: programs with an SDK of AWS register instances as with AWS, and discover those of the whole
/// cluster. The parts:
/// <code>
/// source       what clients have told, kept; the agent looks after it as after any other definition
/// catalog      what readers see: the cluster's snapshot, with this agent's clients as they say themselves, and a revision for each service
/// operations   what each request does, by its name
/// routes       which operation a request means; the gate, who is let in
/// </code>
/// </summary>
/// <param name="settings">Its settings.</param>
/// <param name="agent">The agent around it.</param>
internal sealed partial class CloudMapProtocol(CloudMapSettings settings, AgentSurroundings agent) : IAgentProtocol
{
    /// <summary>Connections: an SDK keeps some open for each program.</summary>
    public const int MostConnections = 4_000;

    /// <summary>What a host name begins with in requests of discovery, unless the SDK is told otherwise.</summary>
    public const string HostPrefix = "data-";

    private readonly ILogger _logger = agent.Loggers.CreateLogger("Gossip.Agent");
    private readonly BodyRoom _bodies = new(CloudMapBody.MostBytes, 256 * CloudMapBody.MostBytes);
    private CloudMapSource? _source;
    private FacadeServer? _server;
    private FacadeGate? _gate;

    public IRegistrationSource? Open(ApiSource api, IReadOnlyDictionary<CheckKey, KeptCheck> kept)
    {
        var file = new StateFile(Path.Combine(AgentPlaces.StateFolder(agent.Options), "cloudmap.json"), _logger);
        _source = new CloudMapSource(file);
        foreach (var unread in _source.Load())
            NotKept(_logger, Limits.Show(unread), file.Path);
        return _source;
    }

    public async Task StartAsync(AgentLoop loop, CancellationToken cancellation)
    {
        var source = _source!;
        // The first pass has been made, so that whoever asks finds what there is.
        await loop.AskAsync(_ => true, cancellation).ConfigureAwait(false);
        var space = settings.Namespace ?? agent.Identity().Cluster;
        var catalog = new CloudMapCatalog(agent.Discovery, source, () => loop.Shown, agent.Time);
        var services = new ServiceOperations(space, loop, source, catalog, agent.Time);
        var instances = new InstanceOperations(loop, source, catalog, agent.Time);
        var discovery = new DiscoveryOperations(space, services, catalog);
        var path = Path.Combine(AgentPlaces.StateFolder(agent.Options), "cloudmap.token");
        _gate = new FacadeGate(settings.Serving, path, HostPrefix);
        var routes = new CloudMapRoutes(_gate, _bodies, [.. services.All, .. instances.All, .. discovery.Operations]);
        _server = await FacadeServer.StartAsync(
            settings.Serving, "Cloud Map", MostConnections, _bodies, routes.AnswerAsync, agent.Loggers, cancellation).ConfigureAwait(false);
    }

    public async ValueTask StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        _server = null;
        _gate?.Dispose();
        _gate = null;
    }

    public ValueTask DisposeAsync() => StopAsync();

    [LoggerMessage(164, LogLevel.Warning,
        "What a client of Cloud Map's API has told as '{Id}' in {File} cannot be read any more, and is left out; register it again")]
    private static partial void NotKept(ILogger logger, string id, string file);
}
