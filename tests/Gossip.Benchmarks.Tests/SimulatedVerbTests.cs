using System.Text.Json;
using Gossip.Simulation;

namespace Gossip.Benchmarks.Tests;

/// <summary>Programs read what the verbs print: a key that is renamed breaks them.</summary>
public sealed class SimulatedVerbTests
{
    [Fact]
    public async Task The_handbook_states_what_each_row_must_hold()
    {
        var (_, demands, _) = await Verb.RunAsync("faults --demands");
        Assert.Contains(demands, File.ReadAllText(Verb.FileOfRepository("docs/HANDBOOK.md")), StringComparison.Ordinal);
        Assert.Equal(FaultMatrix.Rows.Count + 2, demands.Count(letter => letter == '\n'));
    }

    [Theory]
    [InlineData("swim", "threshold")]
    [InlineData("default", "interval")]
    public async Task Lifeguard_prints_its_figures(string config, string runs)
    {
        var figures = await Verb.JsonAsync($"lifeguard --config {config} --runs {runs} --members 16 --anomalous 2 --blocked 32768 --normal 64");

        string[] contract =
        [
            "config", "runs", "grid", "reps", "fp", "fp_minus", "first_detect_p50_s", "first_detect_p99_s", "first_detect_p999_s",
            "full_p50_s", "full_p99_s", "full_p999_s", "messages", "bytes", "wall_s", "events_per_s",
        ];
        Assert.Empty(contract.Except(figures.Keys()));
        Assert.Equal("custom", figures.GetProperty("grid").GetString());
        Assert.Equal((config, runs, 1), (figures.GetProperty("config").GetString(), figures.GetProperty("runs").GetString(), figures.GetProperty("reps").GetInt32()));
        Assert.InRange(figures.GetProperty("first_detect_p50_s").GetDouble(), 1, 30);
        Assert.All(contract[4..].Except(["fp", "fp_minus"]), key => Assert.True(figures.GetProperty(key).GetDouble() > 0, key));
    }

    [Fact]
    public async Task Faults_prints_a_row_for_each_row_of_the_matrix()
    {
        var figures = await Verb.JsonAsync("faults --seeds 2 --first-seed 20000 --nodes 3");

        Assert.Equal(["rows"], figures.Keys());
        var rows = figures.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, FaultMatrix.Rows.Count), rows.Select(row => row.GetProperty("row").GetInt32()));
        Assert.All(rows, row =>
        {
            Assert.Equal(["row", "name", "runs", "violations", "seeds_violating"], row.Keys());
            Assert.Equal((2, 0), (row.GetProperty("runs").GetInt32(), row.GetProperty("violations").GetInt32()));
            Assert.Equal(JsonValueKind.Array, row.GetProperty("seeds_violating").ValueKind);
            Assert.NotEmpty(row.GetProperty("name").GetString()!);
        });
    }

    /// <summary>
    /// What a change of behaviour is meant to change is written anew, by <c>transcript &gt; benchmarks/transcripts.txt</c>.
    /// </summary>
    [Fact]
    public async Task The_same_seeds_have_the_transcripts_that_are_on_record()
    {
        var record = await File.ReadAllLinesAsync(Verb.FileOfRepository("benchmarks/transcripts.txt"));
        if (!Nightly.IsOn)
            record = [.. record.Where(line => line.StartsWith("faults", StringComparison.Ordinal) && line.Split(' ')[2] is "1" or "5")];
        Assert.NotEmpty(record);
        var rows = string.Join(' ', FaultMatrix.Rows.Select(row => row.Number));

        var (code, output, _) = await Verb.RunAsync(Nightly.IsOn ? "transcript" : $"transcript --row {rows} --seed 1 5");

        Assert.Equal(0, code);
        Assert.Equal(record, output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
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
    public async Task Pauses_prints_a_cell_for_each_preset_and_pause_and_the_price_of_each_preset()
    {
        var figures = await Verb.JsonAsync("pauses --nodes 8 --seeds 1 --hosts 1");

        Assert.Equal(["pauses", "prices"], figures.Keys());
        var cells = figures.GetProperty("pauses").EnumerateArray().ToList();
        Assert.Equal((4 * 8, 4), (cells.Count, figures.GetProperty("prices").GetArrayLength()));
        string[] contract =
        [
            "preset", "members", "pause_s", "runs", "suspected", "held_dead", "held_dead_by", "accused_by_paused", "others_held_dead",
            "back_p50_s", "back_worst_s",
        ];
        Assert.All(cells, cell => Assert.Equal(contract, cell.Keys()));
        Assert.Equal(["preset", "members", "first_p50_s", "first_p99_s", "all_p50_s", "all_p99_s"], figures.GetProperty("prices")[0].Keys());
    }

    [Fact]
    public async Task Pauses_prints_the_tables_of_the_documentation()
    {
        var (code, table, _) = await Verb.RunAsync("pauses --nodes 8 --seeds 1 --hosts 1 --markdown");

        Assert.Equal(0, code);
        Assert.StartsWith("| a pause of, among 8 members | `pauses-2s` | `pauses-5s` | `pauses-15s` | `pauses-30s` |\n|---|---|---|---|---|\n| 0.5 s | ", table, StringComparison.Ordinal);
        Assert.Contains("| 30 s | **dead** in 1 of 1, back in ", table, StringComparison.Ordinal);
        Assert.Contains("| `pauses-30s`, 8 members | 3", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_prints_the_speed_of_the_simulator()
    {
        var figures = await Verb.JsonAsync("idle --nodes 16 --clusters 2 --seconds 100");

        string[] contract =
        [
            "nodes", "clusters", "virtual_s", "wall_s", "cpu_s", "events", "events_per_s", "events_per_cpu_s", "virtual_s_per_wall_s",
            "packets_per_node_s", "allocated_b_per_event", "heap_mb", "heap_b_per_row", "build_s", "in_agreement",
        ];
        Assert.Equal(contract, figures.Keys());
        Assert.InRange(figures.GetProperty("packets_per_node_s").GetDouble(), 1.9, 2.1);
        Assert.InRange(figures.GetProperty("events").GetInt64(), 32 * 100 * 3, 32 * 100 * 8);
        Assert.True(figures.GetProperty("in_agreement").GetBoolean());
    }

    [Fact]
    public async Task A_word_that_the_harness_does_not_know_is_refused_and_help_is_named()
    {
        var (code, output, error) = await Verb.RunAsync("lifeguard --config raft");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }
}
