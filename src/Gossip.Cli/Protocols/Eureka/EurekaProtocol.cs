using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.Eureka.Catalogs;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Serving;
using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Protocols.Eureka;

/// <summary>
/// Eureka's REST API on the agent: its clients register and renew instances as with a Eureka, and read those of the whole cluster. The
/// parts:
/// <code>
/// source     what clients have registered, kept; the agent looks after it as after any other definition
/// catalog    what readers see: the cluster's snapshot, with this agent's clients as they say themselves, and a log of what has changed
/// wire       XML and JSON, which say the same
/// routes     the paths; the gate, who is let in
/// </code>
/// </summary>
/// <param name="settings">Its settings.</param>
/// <param name="agent">The agent around it.</param>
internal sealed partial class EurekaProtocol(FacadeSettings settings, AgentSurroundings agent) : IAgentProtocol
{
    /// <summary>Connections: a client has one, and each costs some kilobytes.</summary>
    public const int MostConnections = 10_000;

    /// <summary>Bytes of a body: the largest record five times over.</summary>
    public const int MostBytes = 128 * 1024;

    private readonly ILogger _logger = agent.Loggers.CreateLogger("Gossip.Agent");
    private readonly BodyRoom _bodies = new(MostBytes, 256 * MostBytes);
    private EurekaSource? _source;
    private FacadeServer? _server;
    private FacadeGate? _gate;

    public IRegistrationSource? Open(ApiSource api, IReadOnlyDictionary<CheckKey, KeptCheck> kept)
    {
        var file = new StateFile(Path.Combine(AgentPlaces.StateFolder(agent.Options), "eureka.json"), _logger);
        _source = new EurekaSource(file, agent.Time);
        foreach (var unread in _source.Load(kept))
            NotKept(_logger, Limits.Show(unread), file.Path);
        return _source;
    }

    public async Task StartAsync(AgentLoop loop, CancellationToken cancellation)
    {
        // The first pass has been made, so that whoever asks finds what there is.
        await loop.AskAsync(_ => true, cancellation).ConfigureAwait(false);
        var source = _source!;
        var catalog = new EurekaCatalog(agent.Discovery, source, agent.Time);
        _gate = new FacadeGate(settings, Path.Combine(AgentPlaces.StateFolder(agent.Options), "eureka.token"));
        var routes = new EurekaRoutes(_gate, _bodies, new EurekaReads(catalog), new EurekaWrites(loop, source));
        _server = await FacadeServer.StartAsync(
            settings, EurekaSettings.SectionName, MostConnections, _bodies, routes.AnswerAsync, agent.Loggers, cancellation)
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

    [LoggerMessage(157, LogLevel.Warning,
        "What a Eureka client has registered as '{Id}' in {File} cannot be read any more, and is left out; it registers again by itself")]
    private static partial void NotKept(ILogger logger, string id, string file);
}
