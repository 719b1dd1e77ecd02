using Gossip.Cli.Agent;

namespace Gossip.Cli.Tests;

public sealed class AgentPlacesTests
{
    private const string OfSystem = "/run/gossip-agent/agent.sock";

    [Fact]
    public void Root_means_the_agent_of_the_system_and_others_their_own()
    {
        Assert.Equal(OfSystem, AgentPlaces.SocketsToTry(isRoot: true).First());
        Assert.Equal(OfSystem, AgentPlaces.SocketsToTry(isRoot: false).Last());
    }
}
