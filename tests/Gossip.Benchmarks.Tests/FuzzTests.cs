using System.Globalization;
using Gossip.Benchmarks.Fuzzing;
using Gossip.Benchmarks.Fuzzing.Lives;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Tests;

/// <summary>
/// Whatever reads foreign bytes is fed a million inputs every day, and more at night. A failure prints the command that repeats it.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>Lives of each target in everybody's run; together they take some ten seconds.</summary>
    private static readonly Dictionary<string, int> Lives = new()
    {
        ["packets"] = 3, ["node"] = 2, ["sealed"] = 2, ["frames"] = 7, ["dns"] = 3, ["mdns"] = 2,
        ["endpoint"] = 2, ["book"] = 1, ["directory"] = 1,
    };

    private static readonly ulong Seed =
        ulong.TryParse(Environment.GetEnvironmentVariable("GOSSIP_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : (ulong)Random.Shared.NextInt64();

    public static TheoryData<string> Targets => [.. Lives.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Whatever_the_bytes_are_nothing_throws_hangs_or_grows(string target)
    {
        for (var life = 0; life < Nightly.Times(Lives[target], 20 * Lives[target]); life++)
        {
            var failure = FuzzTarget.Find(target).Live(Seed + (ulong)life);
            Assert.True(failure is null, failure?.ToString());
        }
    }

    [Fact]
    public void Each_target_is_fed_every_day_and_all_together_a_million_inputs()
    {
        Assert.Equal(FuzzTarget.All.Select(target => target.Name).Order(), Lives.Keys.Order());
        Assert.InRange(FuzzTarget.All.Sum(target => target.Steps * Lives[target.Name]), 1_000_000, int.MaxValue);
    }

    [Fact]
    public void What_is_found_is_found_again_by_its_seed()
    {
        var target = new FuzzTarget("fragile", 100_000, _ => new Fragile());

        var failure = target.Live(7);

        Assert.NotNull(failure);
        Assert.Equal(failure, target.Live(7));
        Assert.NotEqual(failure.Step, target.Live(8)!.Step);
        Assert.StartsWith("ff", failure.Input, StringComparison.Ordinal);
        Assert.EndsWith("fuzz --target fragile --seed 7 --minutes 0", failure.Command, StringComparison.Ordinal);
        Assert.Contains(failure.Command, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_without_a_budget_for_answers_is_found_out()
    {
        var target = new FuzzTarget("node", 10_000, randomness => new NodeLife(randomness, isSealed: false, Defences.Budget));

        var found = Enumerable.Range(0, 10).Select(life => target.Live(Seed + (ulong)life)).OfType<FuzzFailure>().FirstOrDefault();

        Assert.Contains("An address that never answered was sent", found?.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fuzz_prints_what_each_target_was_fed_and_what_was_found()
    {
        var figures = await Verb.JsonAsync("fuzz --target frames directory --minutes 0 --seed 3");

        Assert.Equal(["executions", "targets"], figures.Keys());
        var targets = figures.GetProperty("targets").EnumerateArray().ToList();
        Assert.Equal(["frames", "directory"], targets.Select(target => target.GetProperty("target").GetString()));
        Assert.All(targets, target => Assert.Equal(["target", "executions", "executions_per_s", "found"], target.Keys()));
        Assert.Equal(figures.GetProperty("executions").GetInt64(), targets.Sum(target => target.GetProperty("executions").GetInt64()));
        Assert.All(targets, target => Assert.Equal(0, target.GetProperty("found").GetArrayLength()));
    }

    /// <summary>It breaks at one of many first bytes.</summary>
    private sealed class Fragile : FuzzLife
    {
        public override byte[] Draw(Randomness randomness) => [(byte)randomness.Next(), (byte)randomness.Next()];

        public override void Feed(ReadOnlySpan<byte> input, Randomness randomness) => Demand(input[0] != 0xFF || input[1] > 8, "It broke.");

        public override void End()
        {
        }
    }
}
