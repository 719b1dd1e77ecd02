using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>A preset must tolerate what its name says, and a longer pause must be a death, or the experiment shows nothing.</summary>
public sealed class PauseTests
{
    public static TheoryData<string> Presets => [.. Preset.All.Select(preset => preset.Name)];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(128)]
    public void A_pause_of_two_seconds_is_a_death_to_nobody_with_the_defaults(int members)
    {
        var result = PauseExperiment.Run(Preset.Pauses2s, members, TimeSpan.FromSeconds(2), runs: members > 100 ? Nightly.Times(1, 5) : Nightly.Times(5, 20));
        Assert.Equal((0, 0, 0), (result.HeldDead, result.OthersHeldDead, result.AccusedByPaused));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_preset_tolerates_what_its_name_says(string name)
    {
        var preset = Preset.Find(name)!;
        var runs = Nightly.Times(3, 10);
        var result = PauseExperiment.Run(preset, members: 16, preset.Tolerates, runs);

        Assert.Equal((0, 0, 0), (result.HeldDead, result.OthersHeldDead, result.AccusedByPaused));
        Assert.Equal(runs, result.Suspected);
        Assert.Equal($"pauses-{preset.Tolerates.TotalSeconds}s", name);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_pause_far_beyond_is_a_death_and_is_mended_when_the_process_goes_on(string name)
    {
        var preset = Preset.Find(name)!;
        var result = PauseExperiment.Run(preset, members: 16, (3 * preset.Tolerates) + TimeSpan.FromSeconds(10), runs: Nightly.Times(2, 5));

        Assert.Equal((Nightly.Times(2, 5), 15), (result.HeldDead, result.HeldDeadBy));
        Assert.Equal((0, 0), (result.OthersHeldDead, result.AccusedByPaused));
        Assert.InRange(result.BackWorstS, 0, 5);
    }

    [Fact]
    public void Patience_is_paid_with_late_detection_of_silent_hosts()
    {
        var prices = Preset.All.Select(preset => PauseExperiment.Price(preset, members: 16, hosts: 5)).ToList();
        Assert.Equal(prices.Select(price => price.FirstP50S).Order(), prices.Select(price => price.FirstP50S));
        Assert.All(prices.Zip(Preset.All), pair => Assert.True(pair.First.FirstP50S > pair.Second.Tolerates.TotalSeconds, $"{pair.First}"));
    }

    [Fact]
    public void The_first_preset_is_what_a_node_does_that_is_told_nothing()
    {
        var told = new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "a", Address = PeerAddress.From(System.Net.IPAddress.Loopback, 1) };
        Assert.Equal(told, Preset.All[0].ApplyTo(told));
        Assert.All(Preset.All, preset => preset.ApplyTo(told).Validate());
    }
}
