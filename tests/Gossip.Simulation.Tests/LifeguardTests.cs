namespace Gossip.Simulation.Tests;

/// <summary>Lifeguard's experiment must show what the paper and the mathematics say, or no trial in it is worth anything.</summary>
public sealed class LifeguardTests
{
    [Theory]
    [InlineData("swim")]
    [InlineData("lifeguard")]
    public void First_detection_of_a_blocked_member_is_where_the_closed_form_has_it(string config)
    {
        // α · log10(n) · T + T + Exp(rate (1 − C/n) / T), the median of which is 12.24 s for C = 1 and 12.31 s for C = 12.
        var grid = new LifeguardGrid(128, [12], [32_768], []);

        var reps = Nightly.Times(2, 6);

        var result = LifeguardExperiment.Run(Config(config), LifeguardRuns.Threshold, reps, seed: 11, grid);

        Assert.Equal(12 * reps, result.Detected);
        Assert.InRange(result.FirstDetectP50S!.Value, 12.38 * 0.95, 12.45 * 1.05);
        Assert.InRange(result.FullP50S!.Value, result.FirstDetectP50S.Value, 12.9 * 1.05);
    }

    [Fact]
    public void False_positives_are_in_the_papers_order()
    {
        // What the buddy system gains over swim, and the whole over the dynamic suspicion, is less than what chance makes of a few seeds.
        var grid = new LifeguardGrid(32, [8], [16_384], [4]);
        string[] configs = ["swim", "buddy", "lha-probe", "lha-suspicion", "lifeguard"];

        var reps = Nightly.Times(1, 2);

        var count = configs.ToDictionary(
            config => config, config => LifeguardExperiment.Run(Config(config), LifeguardRuns.Interval, reps, seed: 21, grid).Fp);

        var told = string.Join(", ", count);
        Assert.True(Math.Min(count["swim"], count["buddy"]) > 1.2 * count["lha-probe"], told);
        Assert.True(count["lha-probe"] > 20 * Math.Max(count["lha-suspicion"], count["lifeguard"]), told);
    }

    [Fact]
    public void The_same_seed_gives_the_same_result()
    {
        var grid = new LifeguardGrid(16, [4], [2_048], [64]);

        var (one, other) = (Run(), Run());

        Assert.Equal(one with { WallS = 0, EventsPerS = 0 }, other with { WallS = 0, EventsPerS = 0 });
        LifeguardResult Run() => LifeguardExperiment.Run(LifeguardConfig.Default, LifeguardRuns.Interval, reps: 1, seed: 5, grid);
    }

    [Fact]
    public void A_blocked_node_delays_packets_and_drops_none()
    {
        using var world = new World(3);
        world.AddCluster(3);
        world.RunFor(TimeSpan.FromSeconds(5));
        var (blocked, other) = (world.Nodes[1], world.Nodes[2]);
        var (received, sent) = (blocked.Node.Counters.PacketsReceived, world.Network.Datagrams);

        blocked.Block();
        for (var i = 0; i < 10; i++)
            other.Send(blocked.Address, [0xC0], Protocol.Delivery.Datagram);
        blocked.Send(other.Address, [0xC0], Protocol.Delivery.Datagram);
        world.RunFor(TimeSpan.FromMilliseconds(5));
        Assert.Equal(received, blocked.Node.Counters.PacketsReceived);
        Assert.Equal(sent + 10, world.Network.Datagrams);

        blocked.Unblock();
        Assert.Equal(received + 10, blocked.Node.Counters.PacketsReceived);
        Assert.True(world.Network.Datagrams >= sent + 11);
    }

    [Fact]
    public void A_silent_host_is_found_once_by_all_and_nobody_else_is_blamed()
    {
        var result = SilentHosts.Run(LifeguardConfig.Default, hosts: 5, seed: 1, members: 32);

        Assert.Equal(0, result.Wrong);
        Assert.InRange(result.FirstP50S, 3, 8);
        Assert.InRange(result.FullP50S, result.FirstP50S, result.FirstP50S + 0.5);
        // Who hears few confirmations waits for them longer than the first did.
        Assert.InRange(result.FullP99S, result.FirstP99S, 8);
    }

    private static LifeguardConfig Config(string name) => LifeguardConfig.All.Single(config => config.Name == name);
}
