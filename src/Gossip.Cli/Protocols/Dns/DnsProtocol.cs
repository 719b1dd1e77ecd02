using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>
/// The agent answers questions of DNS about the whole cluster, from what its own node knows. Nobody registers anything by it.
/// </summary>
/// <param name="settings">Its settings.</param>
/// <param name="agent">The agent around it.</param>
internal sealed class DnsProtocol(DnsSettings settings, AgentSurroundings agent) : IAgentProtocol
{
    private DnsServer? _server;

    public IRegistrationSource? Open(ApiSource api, IReadOnlyDictionary<CheckKey, KeptCheck> kept) => null;

    public Task StartAsync(AgentLoop loop, CancellationToken cancellation)
    {
        var directory = new DnsDirectory(settings, Random.Shared.NextDouble);
        _server = DnsServer.Start(
            settings, question => directory.Answer(agent.Discovery.Current, question), agent.Time,
            agent.Loggers.CreateLogger("Gossip.Agent"));
        return Task.CompletedTask;
    }

    public async ValueTask StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        _server = null;
    }

    public ValueTask DisposeAsync() => StopAsync();
}
