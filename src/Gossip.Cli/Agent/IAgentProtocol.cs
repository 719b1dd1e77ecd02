using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Agent;

/// <summary>
/// The API of another registry, which the agent serves besides its own. It is a source of definitions like any other, and reads what the
/// whole cluster has. What its clients have registered is looked after until it is disposed of, after the loop has ended.
/// </summary>
internal interface IAgentProtocol : IAsyncDisposable
{
    /// <summary>What its checks know that the agent does not run, to be kept over a restart. Read from any thread.</summary>
    IEnumerable<(CheckKey Key, KeptCheck Kept)> Kept => [];

    /// <summary>Reads what was kept, before the agent's loop begins.</summary>
    /// <param name="api">What the agent's own API was told; it may be changed here.</param>
    /// <param name="kept">What the checks of the agent before this one knew.</param>
    /// <returns>What its clients have registered; null where they register nothing.</returns>
    IRegistrationSource? Open(ApiSource api, IReadOnlyDictionary<CheckKey, KeptCheck> kept);

    /// <summary>Begins to serve, when the node runs and the loop makes its passes.</summary>
    /// <exception cref="InvalidOperationException">It cannot listen; the message says why and what to set.</exception>
    Task StartAsync(AgentLoop loop, CancellationToken cancellation);

    /// <summary>Serves nobody any more, before the loop ends.</summary>
    ValueTask StopAsync();
}
