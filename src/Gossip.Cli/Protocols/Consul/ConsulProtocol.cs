using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;
using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Protocols.Consul;

/// <summary>
/// Consul's HTTP API on the agent: its clients register services as with a Consul, and read those of the whole cluster. The parts:
/// <code>
/// source     what clients have told, kept; the agent looks after it as after any other definition
/// catalog    what readers see: the cluster's snapshot, with this agent's clients as they say themselves, and an index for each change
/// waiters    readers whose query is blocked, each under the key of what it waits for
/// routes     the paths; the gate, who is let in
/// </code>
/// </summary>
/// <param name="settings">Its settings.</param>
/// <param name="agent">The agent around it.</param>
internal sealed partial class ConsulProtocol(ConsulSettings settings, AgentSurroundings agent) : IAgentProtocol
{
    /// <summary>Queries that are blocked at a time: a waiting one costs some kilobytes.</summary>
    public const int MostWaiters = 10_000;

    /// <summary>Connections: of all waiters, and of those who write meanwhile.</summary>
    public const int MostConnections = MostWaiters + 1_000;

    private readonly ILogger _logger = agent.Loggers.CreateLogger("Gossip.Agent");
    private readonly CancellationTokenSource _stopping = new();
    private readonly Waiters _waiters = new(MostWaiters);
    private readonly BodyRoom _bodies = new(ConsulBody.MostBytes, 128 * ConsulBody.MostBytes);
    private ConsulSource? _source;
    private Catalog? _catalog;
    private FacadeServer? _server;
    private FacadeGate? _gate;

    public IEnumerable<(CheckKey Key, KeptCheck Kept)> Kept => Volatile.Read(ref _source)?.KeptOfNode ?? [];

    public IRegistrationSource? Open(ApiSource api, IReadOnlyDictionary<CheckKey, KeptCheck> kept)
    {
        var file = new StateFile(Path.Combine(AgentPlaces.StateFolder(agent.Options), "consul.json"), _logger);
        var source = new ConsulSource(file, new CheckLooks(), agent.Time, service => Volatile.Read(ref _catalog)?.Touch(service));
        foreach (var unread in source.Load(kept))
            NotKept(_logger, Limits.Show(unread), file.Path);
        api.DrainsAll = source.State.Maintenance;
        Volatile.Write(ref _source, source);
        return source;
    }

    public async Task StartAsync(AgentLoop loop, CancellationToken cancellation)
    {
        var source = _source!;
        // The first pass has been made, so that whoever asks finds what there is.
        await loop.AskAsync(_ => true, cancellation).ConfigureAwait(false);
        var catalog = new Catalog(
            agent.Discovery, source, id => loop.Shown.GetValueOrDefault(id), _waiters, agent.Time, _logger);
        Volatile.Write(ref _catalog, catalog);
        loop.DrainChanged += service => catalog.Touch(service.Name);
        // What was told while there was no catalog is in it now.
        foreach (var name in source.State.Names.Keys)
            catalog.Touch(name);
        var path = Path.Combine(AgentPlaces.StateFolder(agent.Options), "consul.token");
        _gate = new FacadeGate(settings.Serving, path);
        var routes = RoutesOf(loop, source, catalog, _gate);
        _server = await FacadeServer.StartAsync(
            settings.Serving, ConsulSettings.SectionName, MostConnections, _bodies, routes.AnswerAsync, agent.Loggers, cancellation)
            .ConfigureAwait(false);
    }

    public async ValueTask StopAsync()
    {
        if (_source is null)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        _server = null;
        if (_catalog is not null)
            await _catalog.DisposeAsync().ConfigureAwait(false);
        _catalog = null;
        _gate?.Dispose();
        _gate = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_source is null)
            return;
        await _source.DisposeAsync().ConfigureAwait(false);
        _source = null;
        _gate?.Dispose();
        _stopping.Dispose();
    }

    private ConsulRoutes RoutesOf(AgentLoop loop, ConsulSource source, Catalog catalog, FacadeGate gate)
    {
        var reader = new ConsulReader(settings, catalog, _waiters, agent.Time, _stopping.Token);
        var rows = new AgentRows(loop, source, catalog, () => agent.Identity().Name);
        var (ofAgent, checks) = (new AgentEndpoints(rows, reader), new CheckEndpoints(rows));
        var (ofCatalog, health) = (new CatalogEndpoints(reader, source, loop), new HealthEndpoints(reader));
        var self = new SelfEndpoints(reader, settings, _waiters, agent.Identity);
        return new ConsulRoutes(gate, _bodies, [
            ConsulRoutes.Get("/v1/agent/self", self.SelfAsync),
            ConsulRoutes.Get("/v1/agent/members", self.MembersAsync),
            ConsulRoutes.Get("/v1/status/leader", self.LeaderAsync),
            ConsulRoutes.Get("/v1/status/peers", self.PeersAsync),
            ConsulRoutes.Get("/v1/agent/services", ofAgent.ServicesAsync),
            ConsulRoutes.Get("/v1/agent/service/", ofAgent.ServiceAsync),
            ConsulRoutes.Put("/v1/agent/service/register", ofAgent.RegisterAsync),
            ConsulRoutes.Put("/v1/agent/service/deregister/", ofAgent.DeregisterAsync),
            ConsulRoutes.Put("/v1/agent/service/maintenance/", ofAgent.MaintainServiceAsync),
            ConsulRoutes.Put("/v1/agent/maintenance", ofAgent.MaintainAsync),
            ConsulRoutes.Get("/v1/agent/health/service/name/", ofAgent.HealthByNameAsync),
            ConsulRoutes.Get("/v1/agent/health/service/id/", ofAgent.HealthByIdAsync),
            ConsulRoutes.Get("/v1/agent/checks", checks.ChecksAsync),
            ConsulRoutes.Put("/v1/agent/check/register", checks.RegisterAsync),
            ConsulRoutes.Put("/v1/agent/check/deregister/", checks.DeregisterAsync),
            ConsulRoutes.Put("/v1/agent/check/pass/", checks.PassAsync),
            ConsulRoutes.Put("/v1/agent/check/warn/", checks.WarnAsync),
            ConsulRoutes.Put("/v1/agent/check/fail/", checks.FailAsync),
            ConsulRoutes.Put("/v1/agent/check/update/", checks.UpdateAsync),
            ConsulRoutes.Get("/v1/catalog/datacenters", ofCatalog.DatacentersAsync),
            ConsulRoutes.Get("/v1/catalog/nodes", ofCatalog.NodesAsync),
            ConsulRoutes.Get("/v1/catalog/services", ofCatalog.ServicesAsync),
            ConsulRoutes.Get("/v1/catalog/service/", ofCatalog.ServiceAsync),
            ConsulRoutes.Get("/v1/catalog/node/", ofCatalog.NodeAsync),
            ConsulRoutes.Get("/v1/catalog/node-services/", ofCatalog.NodeServicesAsync),
            ConsulRoutes.Put("/v1/catalog/register", ofCatalog.RegisterAsync),
            ConsulRoutes.Put("/v1/catalog/deregister", ofCatalog.DeregisterAsync),
            ConsulRoutes.Get("/v1/health/service/", health.ServiceAsync),
            ConsulRoutes.Get("/v1/health/node/", health.NodeAsync),
            ConsulRoutes.Get("/v1/health/checks/", health.ChecksAsync),
            ConsulRoutes.Get("/v1/health/state/", health.StateAsync),
        ]);
    }

    [LoggerMessage(182, LogLevel.Warning,
        "What a Consul client has told as '{Id}' in {File} cannot be read any more, and is left out; register it again")]
    private static partial void NotKept(ILogger logger, string id, string file);
}
