using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Gossip.AspNetCore.Tests.Events;

/// <summary>Following what happens, over a real server.</summary>
public sealed class EventTests : IAsyncLifetime
{
    private TestApp _app = null!;
    private HttpClient _http = null!;
    private int _weight = 100;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync("payments", map: app => app.MapGossip());
        _http = new HttpClient { BaseAddress = new Uri(_app.App.Urls.First()) };
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_subscriber_is_told_the_revision_and_what_happens_from_then_on_in_words()
    {
        using var client = await EventClient.OpenAsync(_http);
        var revision = Json((await client.NextAsync("revision"))!.Value.Text);
        Assert.Equal((1, 1), (revision.GetProperty("members").GetInt32(), revision.GetProperty("services").GetInt32()));

        await ChangeAsync();

        var (id, text) = (await client.NextAsync("happened"))!.Value;
        var happened = Json(text);
        Assert.Equal("servicesChanged", happened.GetProperty("what").GetString());
        Assert.StartsWith("The services of ", happened.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.EndsWith($"-{happened.GetProperty("sequence").GetInt64()}", id, StringComparison.Ordinal);
        Assert.True(Json((await client.NextAsync("revision"))!.Value.Text).GetProperty("revision").GetInt64() > revision.GetProperty("revision").GetInt64());
    }

    [Fact]
    public async Task Whoever_comes_back_with_its_last_id_misses_nothing()
    {
        using var first = await EventClient.OpenAsync(_http);
        await first.NextAsync("revision");
        await ChangeAsync();
        var known = (await first.NextAsync("happened"))!.Value.Id!;
        first.Dispose();
        await ChangeAsync();
        await ChangeAsync();

        using var again = await EventClient.OpenAsync(_http, last: known);
        using var byAddress = await EventClient.OpenAsync(_http, $"/gossip/events?since={known}");

        foreach (var client in new[] { again, byAddress })
        {
            Assert.Equal(Next(known, 1), (await client.NextAsync("happened"))!.Value.Id);
            Assert.Equal(Next(known, 2), (await client.NextAsync("happened"))!.Value.Id);
        }
    }

    [Fact]
    public async Task Whoever_comes_back_from_another_life_or_too_late_is_told_to_fetch_anew()
    {
        using var stranger = await EventClient.OpenAsync(_http, last: "17-3");
        Assert.Contains("not one of this process", Json((await stranger.NextAsync("reset"))!.Value.Text).GetProperty("because").GetString());

        using var first = await EventClient.OpenAsync(_http);
        await first.NextAsync("revision");
        await ChangeAsync();
        var known = (await first.NextAsync("happened"))!.Value.Id!;
        first.Dispose();
        using var ahead = await EventClient.OpenAsync(_http, last: Next(known, 1_000_000));
        Assert.Contains("not reached", Json((await ahead.NextAsync("reset"))!.Value.Text).GetProperty("because").GetString());
        // More than the ring of changes of services keeps.
        for (var i = 0; i < 400; i++)
            await ChangeAsync();
        using var late = await EventClient.OpenAsync(_http, last: known);
        Assert.Contains("not kept any more", Json((await late.NextAsync("reset"))!.Value.Text).GetProperty("because").GetString());
        Assert.NotNull(await late.NextAsync("revision"));
    }

    [Fact]
    public async Task A_stream_does_not_hold_up_the_end_of_the_process()
    {
        using var client = await EventClient.OpenAsync(_http);
        await client.NextAsync("revision");

        var stopped = _app.App.StopAsync(Eventually.Patience());

        Assert.Null(await client.NextAsync("nothing"));
        await stopped;
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static string Next(string id, long by) => id.Split('-') is [var life, var number] ? $"{life}-{long.Parse(number) + by}" : id;

    private async Task ChangeAsync() => await _app.Own.UpdateAsync(record => record with { Weight = ++_weight });
}
