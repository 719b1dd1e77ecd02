using System.Text.Json;

namespace Gossip.Benchmarks.Tests;

/// <summary>Programs read what the verbs print: a key that is renamed breaks them.</summary>
public sealed class SimulatedVerbTests
{
    [Theory]
    [InlineData("swim", "threshold")]
    [InlineData("default", "interval")]
    public async Task Lifeguard_prints_its_figures(string config, string runs)
    {
        var figures = await Verb.JsonAsync($"lifeguard --config {config} --runs {runs} --members 16 --anomalous 2 --blocked 32768 --normal 64");

        string[] contract =
        [
            "config", "runs", "reps", "fp", "fp_minus", "first_detect_p50_s", "first_detect_p99_s", "first_detect_p999_s",
            "full_p50_s", "full_p99_s", "full_p999_s", "messages", "bytes", "wall_s", "events_per_s",
        ];
        Assert.Empty(contract.Except(figures.Keys()));
        Assert.Equal((config, runs, 1), (figures.GetProperty("config").GetString(), figures.GetProperty("runs").GetString(), figures.GetProperty("reps").GetInt32()));
        Assert.InRange(figures.GetProperty("first_detect_p50_s").GetDouble(), 1, 30);
        Assert.All(contract[3..].Except(["fp", "fp_minus"]), key => Assert.True(figures.GetProperty(key).GetDouble() > 0, key));
    }

    [Fact]
    public async Task Faults_prints_a_row_for_each_row_of_the_matrix()
    {
        var figures = await Verb.JsonAsync("faults --seeds 2 --first-seed 20000 --nodes 3");

        Assert.Equal(["rows"], figures.Keys());
        var rows = figures.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, 25), rows.Select(row => row.GetProperty("row").GetInt32()));
        Assert.All(rows, row =>
        {
            Assert.Equal(["row", "name", "runs", "violations", "seeds_violating"], row.Keys());
            Assert.Equal((2, 0), (row.GetProperty("runs").GetInt32(), row.GetProperty("violations").GetInt32()));
            Assert.Equal(JsonValueKind.Array, row.GetProperty("seeds_violating").ValueKind);
            Assert.NotEmpty(row.GetProperty("name").GetString()!);
        });
    }

    [Fact]
    public async Task Rounds_prints_what_an_update_took_beside_the_floor()
    {
        var figures = await Verb.JsonAsync("rounds --nodes 125 --round-trip 2 --seeds 3");

        Assert.Equal((3, 3.0), (figures.GetProperty("floor_hops").GetInt32(), figures.GetProperty("floor_ms").GetDouble()));
        Assert.Equal(0, figures.GetProperty("missed").GetInt32());
        foreach (var share in (string[])["half", "nearly", "all"])
        {
            var reach = figures.GetProperty(share);
            Assert.Equal(["hops", "hops_worst", "ms", "ms_worst"], reach.Keys());
            Assert.InRange(reach.GetProperty("hops").GetInt32(), 1, reach.GetProperty("hops_worst").GetInt32());
        }

        Assert.InRange(figures.GetProperty("packets").GetInt64(), 124, 124 * 16);
        Assert.InRange(figures.GetProperty("bytes").GetInt64(), 60 * figures.GetProperty("packets").GetInt64(), 1200 * figures.GetProperty("packets").GetInt64());
    }

    [Fact]
    public async Task A_word_that_the_harness_does_not_know_is_refused_and_help_is_named()
    {
        var (code, output, error) = await Verb.RunAsync("lifeguard --config raft");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }
}
