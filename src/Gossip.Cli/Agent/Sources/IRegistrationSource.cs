using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Agent.Sources;

/// <summary>
/// Says which services are wanted. The agent asks again and again, and compares with what it has registered; a signal only makes it ask
/// sooner, so one that is lost costs seconds and leaves nothing behind. All members are called by the agent's loop.
/// </summary>
internal interface IRegistrationSource
{
    /// <summary>What is wanted now: all of it, in a stable order.</summary>
    IReadOnlyList<ServiceDefinition> Look();

    /// <summary>Has a method called, from any thread, when <see cref="Look"/> may say something else.</summary>
    void Watch(Action changed);

    /// <summary>Has the next <see cref="Look"/> read all anew, whatever seems not to have changed.</summary>
    void Forget();

    /// <summary>A service has ended, and nothing brings it back: a process by its id, or a failure that was too long.</summary>
    void HasEnded(ServiceDefinition definition);
}
