using System.Collections.Concurrent;
using System.Text.Json;

namespace Gossip.Benchmarks.Tests;

/// <summary>One slow instance of eleven: the figures of the experiment that this repeats, and ours. And instances that answer 500 in no
/// time.</summary>
public sealed class BalanceVerbTests
{
    /// <summary>Several tests look at the same run.</summary>
    private static readonly ConcurrentDictionary<ulong, Task<JsonElement>> Runs = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_default_answers_999_of_1000_calls_within_a_second_where_round_robin_loses_one_of_twenty(ulong seed)
    {
        var figures = await RunAsync(seed);
        var within = figures.GetProperty("policies").EnumerateArray().ToDictionary(
            row => row.GetProperty("policy").GetString()!, row => row.GetProperty("within_one_second").GetDouble());

        Assert.Equal(["p2c", "round-robin", "random", "least-loaded", "consistent-hash"], within.Keys);
        Assert.InRange(within["round-robin"], 95, 96);
        Assert.InRange(within["random"], 95, 96);
        Assert.InRange(within["least-loaded"], 99, 99.9);
        Assert.InRange(within["p2c"], 99.9, 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task One_that_answers_500_in_no_time_gets_a_fifth_of_its_share_at_most_and_is_back_within_ten_seconds(ulong seed)
    {
        foreach (var one in await FailingAsync(seed, "1 of 2, 50/s", "1 of 4, 50/s", "1 of 10, 50/s", "1 of 4, new"))
        {
            Assert.InRange(one.Share, 0, 20);
            Assert.InRange(one.BackAfter!.Value, 0, 10);
            Assert.InRange(one.Ejected, 0, 1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task At_one_call_per_second_it_gets_less_than_its_share_from_those_that_look_and_its_share_from_those_that_do_not(ulong seed)
    {
        foreach (var one in await FailingAsync(seed, "1 of 2, 1/s", "1 of 4, 1/s", "1 of 10, 1/s"))
        {
            // Of some hundred calls that go to one of ten by chance, the share varies by some percent.
            Assert.InRange(one.Share, 0, one.Policy is "p2c" or "least-loaded" ? 90 : 130);
            Assert.InRange(one.Ejected, 0, 1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task One_500_in_twenty_at_all_of_them_ejects_nobody_and_neither_does_nothing_else_than_500(ulong seed) =>
        Assert.All(await FailingAsync(seed, "1 in 20, 50/s", "all, 50/s"), one => Assert.Equal(0, one.Ejected));

    [Fact]
    public async Task A_seed_repeats_itself()
    {
        var (_, first, _) = await Verb.RunAsync("balance --policy p2c --seed 7");
        var (_, second, _) = await Verb.RunAsync("balance --policy p2c --seed 7");
        var (_, other, _) = await Verb.RunAsync("balance --policy p2c --seed 8");
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task An_unknown_policy_is_refused() => Assert.Equal(2, (await Verb.RunAsync("balance --policy fair")).Item1);

    private static Task<JsonElement> RunAsync(ulong seed) => Runs.GetOrAdd(seed, static seed => Verb.JsonAsync($"balance --seed {seed}"));

    private static async Task<Row[]> FailingAsync(ulong seed, params string[] cases)
    {
        var figures = await RunAsync(seed);
        Row[] rows =
        [
            .. from row in figures.GetProperty("failing").EnumerateArray()
               where cases.Contains(row.GetProperty("case").GetString())
               select new Row(
                   row.GetProperty("policy").GetString()!,
                   row.GetProperty("share").GetDouble(),
                   row.TryGetProperty("back_after", out var after) && after.ValueKind == JsonValueKind.Number ? after.GetDouble() : null,
                   row.GetProperty("ejected").GetInt32()),
        ];
        Assert.Equal(5 * cases.Length, rows.Length);
        return rows;
    }

    private sealed record Row(string Policy, double Share, double? BackAfter, int Ejected);
}
