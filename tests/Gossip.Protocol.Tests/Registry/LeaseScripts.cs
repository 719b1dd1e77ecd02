using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests.Registry;

/// <summary>An agent registers instances of others, and goes: they count until their lease ends, or until its successor has them.</summary>
public sealed class LeaseScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = 10 * Second;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_killed_agent_registered_counts_until_its_lease_ends_and_no_longer(bool withHost)
    {
        using var world = Converged(1, 6);
        var (agent, observer) = (world.Nodes[2], world.Nodes[4]);
        agent.Register(Leased("a", "agent", Longest));
        agent.Register(Leased("b", "agent", Longest / 2));
        agent.Register(Sample.Numbered("own", 7));
        world.RunFor(2 * Second);
        Assert.Empty(Orphans(observer, agent));

        agent.Crash(withHost);
        Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Dead, 60 * Second), world.ToString());
        var died = world.Now;

        Assert.Equal(["a", "b"], Orphans(observer, agent));
        Assert.True(world.RunUntil(() => Orphans(observer, agent).Count == 1, Longest), world.ToString());
        Assert.Equal(Longest / 2, world.Now - died);
        Assert.Equal(["a"], Orphans(observer, agent));
        Assert.True(world.RunUntil(() => Orphans(observer, agent).Count == 0, Longest), world.ToString());
        Assert.Equal(Longest, world.Now - died);
        world.RunFor(Second);
        Assert.All(world.Nodes.Where(node => node != agent), node => Assert.Empty(Orphans(node, agent)));
    }

    /// <summary>It says goodbye, and has taken nothing back, or all: the first is how an agent is restarted.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_an_agent_takes_back_before_its_goodbye_is_gone_at_once(bool takesBack)
    {
        using var world = Converged(2, 5);
        var (agent, observer) = (world.Nodes[1], world.Nodes[3]);
        agent.Register(Leased("a", "agent", Longest));
        world.RunFor(2 * Second);

        if (takesBack)
            agent.Deregister("a");
        agent.Leave();
        Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Left, 10 * Second), world.ToString());

        Assert.Equal(takesBack ? [] : ["a"], Orphans(observer, agent));
        world.RunFor(Longest + Second);
        Assert.Empty(Orphans(observer, agent));
    }

    /// <summary>The one that comes after it has the same name, and at no moment is there no instance, nor are there two that count.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_successor_of_the_same_name_adopts_what_it_registers_and_the_rest_goes_with_the_lease(bool isBefore)
    {
        using var world = Converged(3, 6);
        var (agent, successor, observer) = (world.Nodes[2], world.Nodes[3], world.Nodes[4]);
        agent.Register(Leased("a", "agent", Longest));
        agent.Register(Leased("b", "agent", Longest));
        world.RunFor(2 * Second);
        if (isBefore)
            successor.Register(Leased("a", "agent", Longest));

        agent.Crash();
        Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Dead, 60 * Second), world.ToString());
        if (!isBefore)
        {
            Assert.Equal(["a", "b"], Orphans(observer, agent));
            successor.Register(Leased("a", "agent", Longest));
            Assert.True(world.RunUntil(() => observer.Node.ServicesOf(successor.Node.Self.Id).Count == 1, 5 * Second), world.ToString());
        }

        Assert.Equal(["b"], Orphans(observer, agent));
        world.RunFor(Second);
        Assert.Equal(["b"], Orphans(successor, agent));
        // What its successor takes back again does not come back from the one before it.
        successor.Deregister("a");
        world.RunFor(2 * Second);
        Assert.Equal(["b"], Orphans(observer, agent));
        world.RunFor(Longest);
        Assert.Empty(Orphans(observer, agent));
    }

    [Theory]
    [InlineData("other", "a")]
    [InlineData("agent", "c")]
    public void Nobody_else_adopts_anything(string name, string key)
    {
        using var world = Converged(4, 6);
        var (agent, other, observer) = (world.Nodes[2], world.Nodes[3], world.Nodes[4]);
        agent.Register(Leased("a", "agent", Longest));
        other.Register(Leased(key, name, Longest));
        other.Register(Sample.Numbered("x", 1));
        world.RunFor(2 * Second);

        agent.Crash();
        Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Dead, 60 * Second), world.ToString());

        Assert.Equal(["a"], Orphans(observer, agent));
    }

    [Fact]
    public void An_agent_that_was_held_dead_and_lives_has_its_records_again_and_they_do_not_end()
    {
        using var world = Converged(5, 6);
        var (agent, observer) = (world.Nodes[2], world.Nodes[4]);
        agent.Register(Leased("a", "agent", Longest));
        world.RunFor(2 * Second);

        agent.Pause(20 * Second);
        Assert.True(world.RunUntil(() => Orphans(observer, agent).Count == 1, 20 * Second), world.ToString());
        Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Alive, 60 * Second), world.ToString());

        Assert.Empty(Orphans(observer, agent));
        world.RunFor(2 * Longest);
        Assert.Single(observer.Node.ServicesOf(agent.Node.Self.Id));
        Assert.True(Find(observer, agent).IsLive);
    }

    /// <summary>The leases of its first death are none of the second's.</summary>
    [Fact]
    public void An_agent_that_comes_back_and_goes_again_begins_anew_and_wakes_nobody_in_vain()
    {
        using var world = Converged(9, 6);
        var (agent, observer) = (world.Nodes[2], world.Nodes[4]);
        agent.Register(Leased("a", "agent", 60 * Second));
        world.RunFor(2 * Second);
        for (var time = 0; time < 2; time++)
        {
            agent.Pause(12 * Second);
            Assert.True(world.RunUntil(() => Orphans(observer, agent).Count == 1, 20 * Second), world.ToString());
            Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Alive, 60 * Second), world.ToString());
        }

        agent.Crash();
        Assert.True(world.RunUntil(() => Orphans(observer, agent).Count == 1, 60 * Second), world.ToString());
        var (died, told) = (world.Now, 0);
        observer.Tap = happened => told += happened.Kind == ClusterEventKind.ServicesChanged ? 1 : 0;
        Assert.True(world.RunUntil(() => Orphans(observer, agent).Count == 0, 100 * Second), world.ToString());
        Assert.Equal((60 * Second, 1), (world.Now - died, told));
    }

    /// <summary>It drained it, and was about to take it back.</summary>
    [Fact]
    public void What_was_draining_goes_with_its_agent()
    {
        using var world = Converged(10, 5);
        var (agent, observer) = (world.Nodes[2], world.Nodes[4]);
        agent.Register(Leased("a", "agent", 60 * Second) with { State = ServiceState.Draining });
        agent.Register(Leased("b", "agent", 60 * Second));
        world.RunFor(2 * Second);
        agent.Leave();
        Assert.True(world.RunUntil(() => Find(observer, agent).State == MemberState.Left, 10 * Second), world.ToString());
        Assert.Equal(["b"], Orphans(observer, agent));
    }

    /// <summary>If it learns of the dead at all, it is from others, who remember them for a day.</summary>
    [Fact]
    public void One_that_joins_shows_nobody_whom_it_did_not_see_alive()
    {
        using var world = Converged(6, 5);
        var agent = world.Nodes[2];
        agent.Register(Leased("a", "agent", 60 * Second));
        world.RunFor(2 * Second);
        agent.Crash();
        Assert.True(world.RunUntil(() => Find(world.Nodes[0], agent).State == MemberState.Dead, 60 * Second), world.ToString());

        var late = world.Add();
        late.SeededBy(world.Nodes[0]);
        Assert.True(world.RunUntil(() => late.LiveCount == 5, 10 * Second), world.ToString());
        world.RunFor(10 * Second);

        Assert.Empty(Orphans(late, agent));
        Assert.Equal(["a"], Orphans(world.Nodes[0], agent));
    }

    private static Member Find(SimulatedNode observer, SimulatedNode member) => observer.Node.FindMember(member.Node.Self.Id)!;

    private static List<string> Orphans(SimulatedNode observer, SimulatedNode agent) =>
        [.. observer.Node.FindMember(agent.Node.Self.Id)?.OrphanedRecords.Select(record => record.InstanceId) ?? []];

    private static ServiceRecord Leased(string key, string agent, TimeSpan time) => Sample.Numbered(key, 1) with
    {
        Lease = new ServiceLease { Agent = agent, Time = time },
    };
}
