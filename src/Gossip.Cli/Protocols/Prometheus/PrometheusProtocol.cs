using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.Serving;

namespace Gossip.Cli.Protocols.Prometheus;

/// <summary>What Prometheus' <c>http_sd</c> asks for, on the agent: all instances of the cluster as targets. It is only read.</summary>
/// <param name="settings">Its settings.</param>
/// <param name="agent">The agent around it.</param>
internal sealed class PrometheusProtocol(FacadeSettings settings, AgentSurroundings agent) : IAgentProtocol
{
    /// <summary>Connections: a Prometheus has one for each job that asks.</summary>
    public const int MostConnections = 1_000;

    /// <summary>Nothing is sent here, so hardly anything is taken.</summary>
    private readonly BodyRoom _bodies = new(1024, 1024);

    private FacadeServer? _server;
    private FacadeGate? _gate;

    public IRegistrationSource? Open(ApiSource api, IReadOnlyDictionary<CheckKey, KeptCheck> kept) => null;

    public async Task StartAsync(AgentLoop loop, CancellationToken cancellation)
    {
        _gate = new FacadeGate(settings, Path.Combine(AgentPlaces.StateFolder(agent.Options), "prometheus.token"));
        var routes = new PrometheusRoutes(_gate, agent.Discovery);
        _server = await FacadeServer.StartAsync(
            settings, "Prometheus http_sd", MostConnections, _bodies, routes.AnswerAsync, agent.Loggers, cancellation)
            .ConfigureAwait(false);
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
}
