using System.Text.Json;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests;

/// <summary>
/// What an operator is told of real nodes over HTTP, as somebody expects it who has read the documentation (ENDPOINT, DISCOVERY, OPERATIONS) and no code.
/// </summary>
public sealed class DocumentedScenarios
{
    private static readonly HttpClient Http = new();

    private readonly CancellationToken _patience = Eventually.Patience();

    [Fact]
    public async Task An_instance_that_its_owner_drains_is_named_with_the_reason_and_a_version_that_nobody_has_leaves_all_out()
    {
        await using var orders = await StartAsync("orders", "orders-1");
        await using var drained = await StartAsync("payments", "payments-1", orders, options => options.Service.Version = "2.1.0");
        await using var other = await StartAsync("payments", "payments-2", orders, options => options.Service.Version = "2.1.0");
        await orders.SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 2, "both instances of payments");

        // "is not what the query wants", in the words of the example: "it is not of version ^2.0 (it has none)".
        var unwanted = await GetAsync(orders, "/gossip/why?service=payments&version=%5E9.0");
        Assert.Equal("payments", Text(unwanted, "service"));
        Assert.Equal(2, Instances(unwanted).Count());
        Assert.All(Instances(unwanted), one =>
        {
            Assert.Equal((false, "version"), Verdict(one));
            Assert.Contains("^9.0", Text(one, "sentence"), StringComparison.Ordinal);
            Assert.Contains("2.1.0", Text(one, "sentence"), StringComparison.Ordinal);
        });

        await drained.Own.DrainAsync("disk is full", _patience);

        // "says so itself, with its reason".
        var why = await AwaitAsync(orders, "/gossip/why?service=payments", answer => Verdict(Of(answer, "payments-1")) == (false, "draining"));
        Assert.Contains("disk is full", Text(Of(why, "payments-1"), "sentence"), StringComparison.Ordinal);
        Assert.Equal(drained.Own.Record.InstanceId, Text(Of(why, "payments-1"), "id"));
        Assert.Equal((true, "chosen"), Verdict(Of(why, "payments-2")));
        Assert.Contains("1 of 2 known instances of 'payments'", Text(why, "sentence"), StringComparison.Ordinal);

        // A query of the version that there is changes nothing; of one that nobody has it leaves out the other as well,
        // and of two rules that leave out the drained one "the first" is named, which the table has above.
        var wanted = await GetAsync(orders, "/gossip/why?service=payments&version=%5E2.0");
        Assert.Equal((false, "draining"), Verdict(Of(wanted, "payments-1")));
        Assert.Equal((true, "chosen"), Verdict(Of(wanted, "payments-2")));
        var neither = await GetAsync(orders, "/gossip/why?service=payments&version=%5E9.0");
        Assert.Equal((false, "draining"), Verdict(Of(neither, "payments-1")));
        Assert.Equal((false, "version"), Verdict(Of(neither, "payments-2")));
    }

    [Fact]
    public async Task A_process_that_crashes_is_dead_for_its_true_cause_and_its_death_is_one_event_that_both_survivors_saw()
    {
        string[] survivors = ["orders-1", "payments-1"];
        await using var orders = await StartAsync("orders", survivors[0]);
        await using var sibling = await StartAsync("payments", survivors[1], orders);
        await using var crashed = await StartAsync("payments", "payments-2", orders);
        foreach (var survivor in (TestApp[])[orders, sibling])
            await survivor.SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 2, "both instances of payments");
        var address = crashed.Node;

        // Its sockets close without a word, as those of a process that is killed while its host lives.
        await crashed.App.Services.GetRequiredService<GossipLifecycle>().Running.DisposeAsync();

        // "payments-2 is dead since …: nothing listens at 127.0.0.1:7391 any more, its host told …; … so its process is gone."
        var why = await AwaitAsync(orders, "/gossip/why?member=payments-2", answer => Text(answer, "state") == "dead");
        Assert.Equal("payments-2", Text(why, "member"));
        Assert.Contains("payments-2 is dead since", Text(why, "sentence"), StringComparison.Ordinal);
        Assert.Contains($"nothing listens at {address}", Text(why, "sentence"), StringComparison.Ordinal);
        Assert.Contains("its process is gone", Text(why, "sentence"), StringComparison.Ordinal);
        Assert.Equal("dead", Text(await GetAsync(orders, "/gossip/why/payments-2"), "state"));

        // "events are those of the member, the oldest first", dated by the clock that says now.
        var own = Events(why);
        Assert.All(own, one => Assert.Equal("payments-2", Text(one, "member")));
        Assert.All(own, one => Assert.True(one.GetProperty("at").GetDateTimeOffset() <= why.GetProperty("now").GetDateTimeOffset(), one.ToString()));
        var numbers = own.ConvertAll(one => one.GetProperty("sequence").GetInt64());
        Assert.Equal(numbers.Order(), numbers);
        AssertJoinedThenSuspectedThenDied(own);
        var testimonies = own.Last(one => Text(one, "what") == "memberSuspected").GetProperty("because").EnumerateArray().ToList();
        Assert.Contains(testimonies, one => Text(one, "evidence") == "refused" && survivors.Contains(Text(one, "accuser")));

        // The state and its ground in /members, and the rule `dead` in why its instance gets no calls.
        var member = (await GetAsync(orders, "/gossip/members")).GetProperty("members").EnumerateArray().Single(one => Text(one, "name") == "payments-2");
        Assert.Equal(("dead", "refused"), (Text(member, "state"), Text(member, "evidence")));
        var calls = await GetAsync(orders, "/gossip/why?service=payments");
        Assert.Equal((false, "dead"), Verdict(Of(calls, "payments-2")));
        Assert.Contains("nothing listened at its address", Text(Of(calls, "payments-2"), "sentence"), StringComparison.Ordinal);
        Assert.Equal((true, "chosen"), Verdict(Of(calls, "payments-1")));

        // "What all members saw, as one story": from the other survivor, the same death.
        var timeline = await AwaitAsync(
            sibling, "/gossip/timeline?member=payments-2&minutes=15", answer => Events(answer).Exists(one => Text(one, "what") == "memberDied" && IsSeenBy(one, survivors)));
        Assert.Equal(2, timeline.GetProperty("asked").GetInt32());
        Assert.Equal(survivors, timeline.GetProperty("answered").EnumerateArray().Select(one => one.GetString()!).Order(StringComparer.Ordinal));
        Assert.Empty(timeline.GetProperty("missing").EnumerateArray());
        Assert.Empty(timeline.GetProperty("remembered").EnumerateArray());
        var story = Events(timeline);
        Assert.All(story, one => Assert.Equal("payments-2", Text(one, "member")));
        var death = Assert.Single(story, one => Text(one, "what") == "memberDied");
        Assert.Equal("refused", Text(death, "evidence"));
        Assert.Contains("payments-2", Text(death, "sentence"), StringComparison.Ordinal);

        // "The order is that of causes (incarnations, states, testimonies)".
        AssertJoinedThenSuspectedThenDied(story);
        var incarnations = story.FindAll(HasIncarnation).ConvertAll(Incarnation);
        Assert.Equal(incarnations.Order(), incarnations);
    }

    [Fact]
    public async Task An_instance_that_fails_all_its_callers_is_ejected_by_each_of_them_and_stands_out_beside_its_sibling()
    {
        await using var well = await StartAsync("payments", "payments-1");
        await using var failing = await StartAsync("payments", "payments-2", well, status: StatusCodes.Status503ServiceUnavailable);
        await well.SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 2, "both instances of payments");
        var (wellId, failingId) = (well.Own.Record.InstanceId, failing.Own.Record.InstanceId);
        List<TestApp> callers = [];
        try
        {
            // p2c avoids what fails, so that it fails seldom; round robin calls it "until it is ejected". Four callers, who see five failures
            // each: so there are the 20 calls from which on an instance can stand out.
            for (var i = 1; i <= 4; i++)
                callers.Add(await StartAsync("orders", $"orders-{i}", well, options => options.Balancing.Policy = "round-robin"));
            foreach (var caller in callers)
            {
                await caller.SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 2 && snapshot.GetInstances("orders").Count > 0, "payments and orders");
                // So that what is compiled at the first call makes no instance of payments look slow.
                await CallAsync(caller, "orders");
            }

            // "five in a row" eject. What fails is tried again when its ejection ends, which ejects it for twice as long.
            foreach (var caller in callers)
            {
                var services = await AwaitAsync(caller, "/gossip/services/payments", answer => IsEjected(InstanceOf(answer, failingId)), caller);
                Assert.Equal("payments", Text(services, "name"));
                var calls = InstanceOf(services, failingId).GetProperty("calls");
                Assert.InRange(calls.GetProperty("failures").GetInt32(), 5, int.MaxValue);
                Assert.Equal(calls.GetProperty("calls").GetInt32(), calls.GetProperty("failures").GetInt32());
                var siblings = InstanceOf(services, wellId).GetProperty("calls");
                Assert.False(siblings.GetProperty("ejected").GetBoolean());
                Assert.Equal(0, siblings.GetProperty("failures").GetInt32());
                Assert.InRange(siblings.GetProperty("calls").GetInt32(), 1, int.MaxValue);

                // "failed this process …, and the others bear its calls".
                var why = await AwaitAsync(caller, "/gossip/why?service=payments", answer => Verdict(Of(answer, "payments-2")) == (false, "ejected"), caller);
                Assert.Equal(failingId, Text(Of(why, "payments-2"), "id"));
                Assert.Contains("fail", Text(Of(why, "payments-2"), "sentence"), StringComparison.OrdinalIgnoreCase);
                Assert.Equal((true, "chosen"), Verdict(Of(why, "payments-1")));
                Assert.Contains("1 of 2 known instances of 'payments'", Text(why, "sentence"), StringComparison.Ordinal);
            }

            // "Ejection is never gossiped": a process that calls nobody has ejected nobody, and no figures.
            var elsewhere = await GetAsync(well, "/gossip/why?service=payments");
            Assert.All(Instances(elsewhere), one => Assert.Equal((true, "chosen"), Verdict(one)));
            Assert.Equal(JsonValueKind.Null, InstanceOf(await GetAsync(well, "/gossip/services/payments"), failingId).GetProperty("calls").ValueKind);

            // "on any node sums up what all callers experienced in the last minute, and names the instances that stand out among their siblings".
            var analytics = await AwaitAsync(
                well,
                "/gossip/analytics?scope=cluster",
                answer => answer.GetProperty("answered").GetInt32() == 6
                    && Analyzed(answer).Any(one => Text(one, "node") == "payments-2" && one.GetProperty("outlier").ValueKind == JsonValueKind.String),
                [.. callers]);
            Assert.Equal(("cluster", 6), (Text(analytics, "scope"), analytics.GetProperty("asked").GetInt32()));
            var outlier = Analyzed(analytics).Single(one => Text(one, "node") == "payments-2");
            Assert.Equal(failingId, Text(outlier, "id"));
            Assert.Contains(failingId, Text(outlier, "outlier"), StringComparison.Ordinal);
            Assert.Contains("fail", Text(outlier, "outlier"), StringComparison.OrdinalIgnoreCase);
            Assert.InRange(outlier.GetProperty("calls").GetInt32(), 20, int.MaxValue);
            Assert.Equal(outlier.GetProperty("calls").GetInt32(), outlier.GetProperty("failures").GetInt32());
            var beside = Analyzed(analytics).Single(one => Text(one, "node") == "payments-1");
            Assert.Equal(0, beside.GetProperty("failures").GetInt32());
            Assert.Contains(analytics.GetProperty("outliers").EnumerateArray(), one => one.ToString().Contains(failingId, StringComparison.Ordinal));
        }
        finally
        {
            foreach (var caller in callers)
                await caller.DisposeAsync();
        }
    }

    private static Task<TestApp> StartAsync(
        string service, string node, TestApp? seed = null, Action<GossipOptions>? configure = null, int status = StatusCodes.Status200OK) => TestApp.StartAsync(
            service,
            seed,
            options =>
            {
                options.NodeName = node;
                configure?.Invoke(options);
            },
            builder => builder.Services.AddHttpClient("by name").AddGossipDiscovery(),
            app =>
            {
                app.MapGossip();
                app.MapGet("/", () => Results.StatusCode(status));
            });

    /// <summary>Calls a service by name, whatever it answers.</summary>
    private async Task CallAsync(TestApp caller, string service)
    {
        using var http = caller.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("by name");
        using var answer = await http.GetAsync(new Uri($"http://{service}/"), _patience);
    }

    /// <summary>What a resource answers: "schema is the first property of each answer, 1 today".</summary>
    private async Task<JsonElement> GetAsync(TestApp app, string path)
    {
        using var page = JsonDocument.Parse(await Http.GetStringAsync(new Uri(new Uri(app.App.Urls.First()), path), _patience));
        var answer = page.RootElement.Clone();
        Assert.Equal("schema", answer.EnumerateObject().First().Name);
        Assert.Equal(1, answer.GetProperty("schema").GetInt32());
        return answer;
    }

    /// <summary>Looks until an answer is as wanted; before each look the callers call payments once.</summary>
    private async Task<JsonElement> AwaitAsync(TestApp app, string path, Func<JsonElement, bool> condition, params TestApp[] callers)
    {
        JsonElement last = default;
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    foreach (var caller in callers)
                        await CallAsync(caller, "payments");
                    last = await GetAsync(app, path);
                    return condition(last);
                },
                $"{path} as documented");
        }
        catch (Xunit.Sdk.XunitException error)
        {
            Assert.Fail($"{error.Message}, but: {last}");
        }

        return last;
    }

    private static void AssertJoinedThenSuspectedThenDied(List<JsonElement> events)
    {
        var joined = events.FindIndex(one => Text(one, "what") == "memberJoined");
        var suspected = events.FindLastIndex(one => Text(one, "what") == "memberSuspected");
        var died = events.FindIndex(one => Text(one, "what") == "memberDied");
        Assert.True(joined >= 0 && joined < suspected && suspected < died, string.Join("\n", events));

        // Of one life: who is suspected, and held dead when nobody refuted, has the same incarnation in both.
        Assert.Equal(Incarnation(events[suspected]), Incarnation(events[died]));
        Assert.True(Incarnation(events[joined]) <= Incarnation(events[died]), string.Join("\n", events));
    }

    private static bool IsSeenBy(JsonElement happened, string[] nodes) =>
        happened.GetProperty("seenBy").EnumerateArray().Select(one => Text(one, "node")).Order(StringComparer.Ordinal).SequenceEqual(nodes);

    private static List<JsonElement> Events(JsonElement answer) => [.. answer.GetProperty("events").EnumerateArray()];

    private static bool HasIncarnation(JsonElement happened) =>
        happened.TryGetProperty("incarnation", out var incarnation) && incarnation.ValueKind == JsonValueKind.Number;

    private static long Incarnation(JsonElement happened) => happened.GetProperty("incarnation").GetInt64();

    private static JsonElement.ArrayEnumerator Instances(JsonElement answer) => answer.GetProperty("instances").EnumerateArray();

    /// <summary>In /why and /analytics an instance has its node's name as <c>node</c>.</summary>
    private static JsonElement Of(JsonElement answer, string node) => Instances(answer).Single(one => Text(one, "node") == node);

    /// <summary>"An instance has what its record says" does not tell by which name, so it is found by its id, wherever that stands.</summary>
    private static JsonElement InstanceOf(JsonElement answer, string id) =>
        Instances(answer).Single(one => one.EnumerateObject().Any(property => property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() == id));

    private static bool IsEjected(JsonElement instance) =>
        instance.GetProperty("calls") is { ValueKind: JsonValueKind.Object } calls && calls.GetProperty("ejected").GetBoolean();

    private static IEnumerable<JsonElement> Analyzed(JsonElement answer) =>
        answer.GetProperty("services").EnumerateArray().Where(one => Text(one, "name") == "payments").SelectMany(one => Instances(one));

    private static (bool In, string Rule) Verdict(JsonElement instance) => (instance.GetProperty("in").GetBoolean(), Text(instance, "rule"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
