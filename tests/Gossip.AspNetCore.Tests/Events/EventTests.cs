using System.Text.Json;

namespace Gossip.AspNetCore.Tests.Events;

/// <summary>Following what happens, over a real server.</summary>
public sealed class EventTests : ServedTests
{
    private int _weight = 100;

    [Fact]
    public async Task A_subscriber_is_told_the_revision_and_what_happens_from_then_on_in_words()
    {
        using var client = await EventClient.OpenAsync(Http);
        var revision = Json((await client.NextAsync("revision"))!.Value.Text);
        Assert.Equal((1, 1), (revision.GetProperty("members").GetInt32(), revision.GetProperty("services").GetInt32()));

        await ChangeAsync();

        var (id, text) = (await client.NextAsync("happened"))!.Value;
        var happened = Json(text);
        Assert.Equal("servicesChanged", happened.GetProperty("what").GetString());
        Assert.Equal($"{App.Own.Record.InstanceId}: {App.Own.Record.InstanceId} of payments has the weight {_weight}.", happened.GetProperty("sentence").GetString());
        Assert.EndsWith($"-{happened.GetProperty("sequence").GetInt64()}", id, StringComparison.Ordinal);
        Assert.True(Json((await client.NextAsync("revision"))!.Value.Text).GetProperty("revision").GetInt64() > revision.GetProperty("revision").GetInt64());
    }

    [Fact]
    public async Task Whoever_comes_back_with_its_last_id_misses_nothing()
    {
        using var first = await EventClient.OpenAsync(Http);
        await first.NextAsync("revision");
        await ChangeAsync();
        var known = (await first.NextAsync("happened"))!.Value.Id!;
        first.Dispose();
        await ChangeAsync();
        await ChangeAsync();

        using var again = await EventClient.OpenAsync(Http, last: known);
        using var byAddress = await EventClient.OpenAsync(Http, $"/gossip/events?since={known}");

        foreach (var client in new[] { again, byAddress })
        {
            Assert.Equal(Next(known, 1), (await client.NextAsync("happened"))!.Value.Id);
            Assert.Equal(Next(known, 2), (await client.NextAsync("happened"))!.Value.Id);
        }
    }

    [Fact]
    public async Task Whoever_comes_back_before_anything_happened_misses_nothing_either()
    {
        using var first = await EventClient.OpenAsync(Http);
        await first.NextAsync("");
        var known = (await first.NextAsync(""))!.Value.Id!;
        first.Dispose();
        await ChangeAsync();

        using var again = await EventClient.OpenAsync(Http, last: known);
        Assert.Equal(Next(known, 1), (await again.NextAsync("happened"))!.Value.Id);
    }

    [Fact]
    public async Task Whoever_comes_back_from_another_life_or_too_late_is_told_to_fetch_anew()
    {
        using var stranger = await EventClient.OpenAsync(Http, last: "17-3");
        Assert.Contains("not one of this process", Json((await stranger.NextAsync("reset"))!.Value.Text).GetProperty("because").GetString());

        using var first = await EventClient.OpenAsync(Http);
        await first.NextAsync("revision");
        await ChangeAsync();
        var known = (await first.NextAsync("happened"))!.Value.Id!;
        first.Dispose();
        using var ahead = await EventClient.OpenAsync(Http, last: Next(known, 1_000_000));
        Assert.Contains("not reached", Json((await ahead.NextAsync("reset"))!.Value.Text).GetProperty("because").GetString());
        // More than the ring of changes of services keeps.
        for (var i = 0; i < 400; i++)
            await ChangeAsync();
        using var late = await EventClient.OpenAsync(Http, last: known);
        Assert.Contains("not kept any more", Json((await late.NextAsync("reset"))!.Value.Text).GetProperty("because").GetString());
        Assert.NotNull(await late.NextAsync("revision"));
    }

    [Fact]
    public async Task A_stream_does_not_hold_up_the_end_of_the_process()
    {
        using var client = await EventClient.OpenAsync(Http);
        await client.NextAsync("revision");

        var stopped = App.App.StopAsync(Eventually.Patience());

        Assert.Null(await client.NextAsync("nothing"));
        await stopped;
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static string Next(string id, long by) => id.Split('-') is [var life, var number] ? $"{life}-{long.Parse(number) + by}" : id;

    private async Task ChangeAsync() => await App.Own.UpdateAsync(record => record with { Weight = ++_weight });
}
