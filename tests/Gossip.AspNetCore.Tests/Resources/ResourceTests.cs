using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gossip.AspNetCore.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests.Resources;

/// <summary>What the endpoint's resources have in common, and what each of them says, over a real server.</summary>
public sealed class ResourceTests : ServedTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/members")]
    [InlineData("/services")]
    [InlineData("/services/PAYMENTS")]
    [InlineData("/why?service=payments")]
    [InlineData("/doctor")]
    [InlineData("/graph")]
    [InlineData("/series")]
    public async Task Each_answer_begins_with_the_version_of_its_schema_and_answers_HEAD(string resource)
    {
        using var answer = await Http.GetAsync($"/gossip{resource}");
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/gossip{resource}"));

        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        using var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var first = page.RootElement.EnumerateObject().First();
        Assert.Equal(("schema", 1), (first.Name, first.Value.GetInt32()));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/members")]
    [InlineData("/services")]
    [InlineData("/services/payments")]
    public async Task Who_has_what_follows_from_the_snapshot_is_told_that_it_is_unchanged_until_it_is_not(string resource)
    {
        using var first = await Http.GetAsync($"/gossip{resource}");
        var tag = first.Headers.ETag!;
        Assert.True(tag.IsWeak);
        Assert.Equal("no-cache, private", first.Headers.CacheControl?.ToString());
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(resource, $"\"other\", {tag}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(resource, "*")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(resource, "no tag at all")).StatusCode);

        await App.Own.UpdateAsync(record => record with { Weight = 7 });

        using var changed = await GetAsync(resource, tag.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag);
    }

    /// <summary>Ejections are this process's own, and make no snapshot.</summary>
    [Theory]
    [InlineData("/services")]
    [InlineData("/services/payments")]
    public async Task Who_has_the_services_is_told_that_one_is_ejected(string resource)
    {
        using var first = await Http.GetAsync($"/gossip{resource}");
        var instance = App.Discovery.Current.GetInstances("payments")[0];
        for (var i = 0; i < 10; i++)
            instance.Begin().Complete(CallOutcome.Unreachable);
        Assert.True(instance.IsEjected);

        using var changed = await GetAsync(resource, first.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_asked_for_is_refused_and_not_passed_over()
    {
        using var answer = await Http.GetAsync("/gossip/why?service=payments&tags=green");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("'tags' is nothing that can be asked for", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_mistypes_a_members_name_is_told_what_may_be_meant()
    {
        var name = App.Discovery.Current.Members[0].Name;
        using var answer = await Http.GetAsync($"/gossip/why?member={Uri.EscapeDataString(name + "x")}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("Did you mean", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("region")]
    [InlineData("environment")]
    public async Task Where_an_instance_runs_may_be_asked_for(string key)
    {
        var page = await Http.GetFromJsonAsync<JsonElement>($"/gossip/why?service=payments&{key}=nowhere");
        Assert.Equal(key, Assert.Single(page.GetProperty("instances").EnumerateArray()).GetProperty("rule").GetString());
    }

    [Fact]
    public async Task What_moves_without_a_revision_is_kept_by_nobody()
    {
        foreach (var resource in new[] { "", "/doctor", "/series", "/why?service=payments", "/why?service=nothing" })
            Assert.Equal("no-store", (await Http.GetAsync($"/gossip{resource}")).Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_member_has_its_load_and_round_trip_and_a_service_the_load_of_its_instances()
    {
        var members = await Http.GetFromJsonAsync<JsonElement>("/gossip/members");
        var self = Assert.Single(members.GetProperty("members").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, self.GetProperty("roundTripMs").ValueKind);
        Assert.False(self.GetProperty("indirect").GetBoolean());
        Assert.True(self.TryGetProperty("load", out _));

        var service = await Http.GetFromJsonAsync<JsonElement>("/gossip/services/payments");
        Assert.Equal("payments", service.GetProperty("name").GetString());
        var instance = Assert.Single(service.GetProperty("instances").EnumerateArray());
        Assert.True(instance.TryGetProperty("load", out _));
        Assert.Equal(100, instance.GetProperty("weight").GetInt32());

        var page = await Http.GetFromJsonAsync<JsonElement>("/gossip");
        var convergence = page.GetProperty("convergence");
        Assert.Equal((0, 0), (convergence.GetProperty("holders").GetInt32(), convergence.GetProperty("peers").GetInt32()));
        Assert.True(convergence.GetProperty("version").GetInt64() > 0);
        Assert.True(page.GetProperty("now").GetDateTimeOffset() >= page.GetProperty("node").GetProperty("startedAt").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("/services/paymentz", "Did you mean 'payments'?")]
    [InlineData("/services/something-else", "Known are payments.")]
    [InlineData("/why?service=paymnts", "Did you mean 'payments'?")]
    [InlineData("/why?member=nobody", "Give the name, the id or the address")]
    public async Task What_is_not_known_is_a_problem_that_says_what_is(string resource, string hint)
    {
        using var answer = await Http.GetAsync($"/gossip{resource}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(hint, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("/why", "Ask for one thing")]
    [InlineData("/why?member=a&service=b", "Ask for one thing")]
    [InlineData("/why?service=payments&version=x.y", "version is 'x.y'")]
    [InlineData("/events?since=yesterday", "since is 'yesterday'")]
    public async Task A_mistake_is_named_with_its_key_and_value(string resource, string words)
    {
        using var answer = await Http.GetAsync($"/gossip{resource}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Why_a_service_tells_of_each_instance_whether_it_is_in_and_by_what_rule()
    {
        await App.App.Services.GetRequiredService<IServiceRegistrar>().RegisterAsync(new ServiceRecord
        {
            InstanceId = "old", Service = "payments", Version = "1.0.0", State = ServiceState.Draining, Reason = "deploy 17",
            Endpoints = [new ServiceEndpoint("http", "http", "127.0.0.1", 5001)],
        });

        var page = await Http.GetFromJsonAsync<JsonElement>("/gossip/why?service=payments");
        var drained = page.GetProperty("instances").EnumerateArray().Single(one => one.GetProperty("id").GetString() == "old");
        Assert.Equal((false, "draining"), (drained.GetProperty("in").GetBoolean(), drained.GetProperty("rule").GetString()));
        Assert.Contains("draining (deploy 17)", drained.GetProperty("sentence").GetString());
        Assert.StartsWith("1 of 2 known instances of 'payments'", page.GetProperty("sentence").GetString(), StringComparison.Ordinal);

        var narrow = await Http.GetFromJsonAsync<JsonElement>("/gossip/why?service=payments&tag=green&version=&zone=&endpoint=");
        Assert.All(narrow.GetProperty("instances").EnumerateArray(), one => Assert.False(one.GetProperty("in").GetBoolean()));
        Assert.Contains(narrow.GetProperty("instances").EnumerateArray(), one => one.GetProperty("rule").GetString() == "tag");
    }

    [Fact]
    public async Task An_instance_of_a_member_that_said_goodbye_is_told_as_gone()
    {
        var other = await TestApp.StartAsync("payments", App);
        await App.SeesAsync(snapshot => snapshot.GetAllInstances("payments").Count == 2, "two payments");
        await other.DisposeAsync();
        await App.SeesAsync(snapshot => snapshot.GetAllInstances("payments").Count == 1, "one payments");

        var page = await Http.GetFromJsonAsync<JsonElement>("/gossip/why?service=payments");

        var gone = page.GetProperty("instances").EnumerateArray().Single(one => one.GetProperty("rule").GetString() == "left");
        Assert.Contains("said goodbye at", gone.GetProperty("sentence").GetString());
        var name = gone.GetProperty("node").GetString();
        var why = await Http.GetFromJsonAsync<JsonElement>($"/gossip/why?member={Uri.EscapeDataString(name!)}");
        Assert.Contains("it said goodbye, so its process ended in order", why.GetProperty("sentence").GetString());
    }

    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true)]
    [InlineData("*/*", false)]
    [InlineData("", false)]
    [InlineData("application/json", false)]
    [InlineData("application/json, text/html;q=0.9", false)]
    [InlineData("text/html;q=0, */*", false)]
    [InlineData("not a media type", false)]
    public void A_page_is_for_those_who_ask_for_HTML_and_would_not_rather_have_JSON(string accept, bool isForPeople)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Accept = accept;

        Assert.Equal(isForPeople, PageResult.IsForPeople(http.Request));
    }

    [Fact]
    public async Task A_browser_gets_a_page_at_the_address_where_others_get_JSON_and_a_cache_keeps_the_two_apart()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/gossip");
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

        using var page = await Http.SendAsync(request);
        using var json = await Http.GetAsync("/gossip");

        Assert.Equal(("text/html", "application/json"), (page.Content.Headers.ContentType?.MediaType, json.Content.Headers.ContentType?.MediaType));
        Assert.All(new[] { page, json }, answer => Assert.Contains("Accept", answer.Headers.Vary));
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single());
    }

    private async Task<HttpResponseMessage> GetAsync(string resource, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/gossip{resource}");
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return await Http.SendAsync(request);
    }
}
