using Gossip.Benchmarks.Balancing;
using Gossip.Benchmarks.Endurance;

namespace Gossip.Benchmarks.Tests;

/// <summary>What the run over real processes concludes from what it sees; the run itself is a step of .ci/nightly.</summary>
public sealed class EnduranceTests
{
    private readonly VirtualTime _time = new();
    private readonly Lives _lives;

    public EnduranceTests()
    {
        _lives = new Lives(_time);
        _lives.Begin("a1", "a");
    }

    /// <summary>A process that runs from 0 s, is stopped from 10 s to 11 s and from 20 s to 30 s, and is killed at 60 s.</summary>
    [Theory]
    [InlineData(5, true)]
    [InlineData(10.9, true)]
    [InlineData(19.9, true)]
    [InlineData(20.1, false)]
    [InlineData(34, false)]
    [InlineData(36, true)]
    [InlineData(59.9, true)]
    [InlineData(60.1, false)]
    public void A_death_is_false_while_the_process_runs_and_was_not_stopped_for_longer_than_two_seconds(double at, bool isFalse)
    {
        Stop(10, 11);
        Stop(20, 30);
        Go(60);
        _lives.End("a1");

        Assert.Equal(isFalse, _lives.IsFalse(new ToldDeath("a1", At(at), "")));
    }

    [Theory]
    [InlineData(1.9, 12, true)]
    [InlineData(3, 12, false)]
    [InlineData(3, 9.9, true)]
    [InlineData(3, 19, true)]
    public void A_machine_that_gives_a_process_no_turn_stops_it_as_a_signal_does(double starved, double at, bool isFalse)
    {
        _lives.Note("a1", new Standstill(At(10), At(10 + starved)));

        Assert.Equal(isFalse, _lives.IsFalse(new ToldDeath("a1", At(at), "")));
        Assert.Equal(starved > 2 ? 1 : 0, _lives.Starved.Count());
    }

    [Fact]
    public void A_stop_that_was_ordered_is_not_counted_as_one_of_the_machine()
    {
        Stop(10, 20);
        _lives.Note("a1", new Standstill(At(9.9), At(20.2)));

        Assert.Empty(_lives.Starved);
    }

    [Fact]
    public void A_process_that_has_not_started_yet_is_not_held_dead_falsely()
    {
        Go(10);
        _lives.Begin("b1", "b");

        Assert.False(_lives.IsFalse(new ToldDeath("b1", At(9), "")));
        Assert.True(_lives.IsFalse(new ToldDeath("b1", At(11), "")));
        Assert.False(_lives.IsFalse(new ToldDeath("c1", At(11), "")));
    }

    [Fact]
    public void Whoever_comes_back_under_the_same_name_is_another_member_whose_death_is_false()
    {
        _lives.End("a1");
        _lives.Begin("a2", "a");
        Go(1);

        Assert.False(_lives.IsFalse(new ToldDeath("a1", At(1), "")));
        Assert.True(_lives.IsFalse(new ToldDeath("a2", At(1), "")));
        Assert.Equal("a, 1 s after its start,", _lives.Describe(new ToldDeath("a2", At(1), "")));
    }

    [Fact]
    public void A_line_through_points_on_it_has_no_error_and_one_through_a_zigzag_has()
    {
        var straight = Line.Through([.. Enumerable.Range(0, 10).Select(i => (TimeSpan.FromMinutes(i), 5.0 + i))]);
        var zigzag = Line.Through([.. Enumerable.Range(0, 10).Select(i => (TimeSpan.FromMinutes(i), 5.0 + (i % 2)))]);

        Assert.Equal([5, 14, 60, 0], new[] { straight.From, straight.To, straight.PerHour, straight.Error }.Select(one => Math.Round(one, 6)));
        // By hand: Sxx = 82.5 min², Sxy = 2.5 min, the rest of the squares 2.5 - 2.5² / 82.5, of 8 degrees of freedom.
        Assert.Equal(60 * 2.5 / 82.5, zigzag.PerHour, 6);
        Assert.Equal(60 * Math.Sqrt((2.5 - (2.5 * 2.5 / 82.5)) / 8 / 82.5), zigzag.Error, 6);
        Assert.Throws<ArgumentException>(() => Line.Through([(TimeSpan.Zero, 1), (TimeSpan.FromHours(1), 2)]));
    }

    [Theory]
    [InlineData(EnduranceSamples.Handles, 0.5, 0, true)]
    [InlineData(EnduranceSamples.Threads, 0.5, 0, true)]
    [InlineData(EnduranceSamples.Threads, 0.5, 2, true)]
    [InlineData(EnduranceSamples.Handles, 0.1, 0, false)]
    [InlineData(EnduranceSamples.Handles, 0, 40, false)]
    [InlineData("rss_kb", 100, 0, false)]
    public void Handles_and_threads_that_grow_in_the_second_half_are_told_and_those_that_come_and_go_are_not(
        string what, double perSample, int swing, bool grows)
    {
        var samples = new EnduranceSamples();
        for (var i = 0; i < 80; i++)
            samples.Add(TimeSpan.FromSeconds(30 * i), "control-0", what, 50 + Math.Floor(i * perSample) + (i % 3 == 0 ? swing : 0));

        Assert.Equal(grows ? 1 : 0, samples.Growing().Count());
    }

    [Fact]
    public void The_slopes_are_those_of_the_second_half_and_the_mean_of_the_processes()
    {
        var samples = new EnduranceSamples();
        foreach (var (process, slope) in new[] { ("control-0", 1.0), ("control-1", 3.0), ("churn-2", 100.0) })
        {
            for (var i = 0; i < 40; i++)
                samples.Add(TimeSpan.FromMinutes(i), process, "rss_kb", i < 20 ? 1000 * i : slope * i);
        }

        Assert.Equal(120, samples.Slopes(["control-0", "control-1"])["rss_kb"].PerHour);
    }

    [Fact]
    public void What_is_resident_is_told_by_the_kind_of_its_mapping()
    {
        var memory = ProcessMemory.Of(
        [
            "55d0c8a00000-55d0c8a21000 rw-p 00000000 00:00 0                          [heap]",
            "Size:                132 kB",
            "Rss:                 100 kB",
            "VmFlags: rd wr mr mw me ac sd",
            "7f0000000000-7f0000100000 rw-p 00000000 00:00 0",
            "Rss:                  20 kB",
            "7f0000100000-7f0004000000 ---p 00000000 00:00 0",
            "Rss:                   0 kB",
            "7f0004000000-7f0004100000 rw-p 00000000 00:00 0",
            "Rss:                  50 kB",
            "7f0004100000-7f0009000000 ---p 00000000 00:00 0",
            "Rss:                   0 kB",
            "7f0040000000-7f0044000000 rw-p 00000000 00:00 0",
            "Rss:                   7 kB",
            "7f0050100000-7f0050200000 r-xs 00000000 00:01 2050                       /memfd:doublemapper (deleted)",
            "Rss:                   3 kB",
            "7f0050200000-7f0050300000 r--p 00000000 fe:00 1234                       /usr/lib/a library.so",
            "Rss:                4000 kB",
            "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]",
            "Rss:                   1 kB",
        ]);

        Assert.Equal(new ProcessMemory(Files: 4000, Code: 3, Arenas: 127, Anonymous: 51), memory);
        Assert.Equal(4181, memory.Resident);
    }

    [Theory]
    [InlineData("endure --processes 5", "from 6 to 64")]
    [InlineData("endure --minutes 0", "from 1 to 10000")]
    public async Task Numbers_beyond_their_bounds_are_refused(string arguments, string bounds)
    {
        var (code, _, error) = await Verb.RunAsync(arguments);

        Assert.Equal(2, code);
        Assert.Contains(bounds, error, StringComparison.Ordinal);
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddHours(1).AddSeconds(seconds);

    private void Stop(double from, double until)
    {
        Go(from);
        _lives.Stop("a1");
        Go(until);
        _lives.GoOn("a1");
    }

    private void Go(double seconds) => _time.GoTo(TimeSpan.FromSeconds(seconds));
}
