using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Agent;

/// <summary>
/// The API of another registry, which the agent serves besides its own. It is a source of definitions like any other, and reads what the
/// whole cluster has. What its clients have registered is looked after until it is disposed of, after the loop has ended.
/// </summary>
internal interface IAgentProtocol : IAsyncDisposable
{
    /// <summary>Reads what was kept, before the agent's loop begins.</summary>
    IRegistrationSource Open();

    /// <summary>Begins to serve, when the node runs and the loop makes its passes.</summary>
    /// <exception cref="InvalidOperationException">It cannot listen; the message says why and what to set.</exception>
    Task StartAsync(AgentLoop loop, CancellationToken cancellation);

    /// <summary>Serves nobody any more, before the loop ends.</summary>
    ValueTask StopAsync();
}
