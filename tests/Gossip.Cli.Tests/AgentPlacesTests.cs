using Gossip.Bootstrap;
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

    [Fact]
    public void Without_a_session_its_folder_is_looked_into_where_it_is_the_users_own()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["session"]);
        Assert.Contains(MachineDirectory.ToLookIn(folder["session"]), one => one.Path == folder["session/gossip"]);
        Assert.Equal(MachineDirectory.OfThisUser().Select(one => one.Path), MachineDirectory.ToLookIn(folder["none"]).Select(one => one.Path));
        File.CreateSymbolicLink(folder["link"], folder["session"]);
        Assert.DoesNotContain(MachineDirectory.ToLookIn(folder["link"]), one => one.Path == folder["link/gossip"]);
    }
}
