using System.Net;
using System.Text.Json;
using Gossip.AspNetCore.Resources;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests;

public sealed class EndpointTests
{
    [Fact]
    public async Task A_caller_on_this_machine_sees_node_members_services_versions_and_counters()
    {
        await using var app = await StartAsync(endpoints => endpoints.MapGossip());
        using var page = await ReadAsync(app, IPAddress.Loopback);

        var root = page.RootElement;
        Assert.Equal("default-name", root.GetProperty("node").GetProperty("name").GetString());
        var self = Assert.Single(root.GetProperty("members").EnumerateArray().ToArray());
        Assert.True(self.GetProperty("self").GetBoolean());
        Assert.Equal("alive", self.GetProperty("state").GetString());
        Assert.True(self.GetProperty("incarnation").GetUInt64() > 0);
        Assert.Equal(JsonValueKind.Array, root.GetProperty("services").ValueKind);
        Assert.Equal(2, root.GetProperty("versions").GetProperty("format").GetInt32());
        Assert.Equal(0, root.GetProperty("counters").GetProperty("protocol").GetProperty("dropped").GetProperty("malformed").GetInt64());
        Assert.Equal(0, root.GetProperty("counters").GetProperty("loopFailures").GetInt64());
        Assert.Equal(["seedsDropped", "eventsNotLogged", "multicastDropped", "multicastIgnored", "endpointsRefused"], root.GetProperty("counters").GetProperty("shell").EnumerateObject().Select(one => one.Name));
    }

    [Fact]
    public async Task It_answers_why_of_a_member_and_tells_who_is_not_known()
    {
        await using var app = await StartAsync(endpoints => endpoints.MapGossip());

        var known = await SendAsync(app, IPAddress.Loopback, path: "/gossip/why/default-NAME");
        var unknown = await SendAsync(app, IPAddress.Loopback, path: "/gossip/why/nobody");

        Assert.Equal(HttpStatusCode.OK, known.Status);
        using var page = JsonDocument.Parse(known.Body);
        Assert.Equal("alive", page.RootElement.GetProperty("state").GetString());
        Assert.Empty(page.RootElement.GetProperty("events").EnumerateArray().ToArray());
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Contains("nobody", unknown.Body);
    }

    [Fact]
    public void What_was_said_against_a_member_is_told_with_the_accusers_own_health_and_round_trip()
    {
        var options = new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(2), Incarnation = new Incarnation(7), Name = "b", Address = PeerAddress.From(IPAddress.Loopback, 7390) };
        var member = new Node(options, new Randomness(1), default).Self.Profile;
        var word = new NamedTestimony("a", Evidence.RelayedSilence, 2, TimeSpan.FromMilliseconds(1.5));
        var part = EventPart.Of(new NodeEvent(DateTime.UnixEpoch, ClusterEventKind.MemberSuspected, member, [word]), new MemberId(1));

        using var json = JsonSerializer.SerializeToDocument(part, PageJson.Indented.EventPart);

        var told = json.RootElement;
        Assert.Equal("b is suspected: a (itself unwell: 2) heard nothing by any path, and the relays heard nothing either.", told.GetProperty("sentence").GetString());
        Assert.Equal("memberSuspected", told.GetProperty("what").GetString());
        Assert.Equal(7u, told.GetProperty("incarnation").GetUInt64());
        var because = told.GetProperty("because")[0];
        Assert.Equal("a", because.GetProperty("accuser").GetString());
        Assert.Equal("relayedSilence", because.GetProperty("evidence").GetString());
        Assert.Equal(2, because.GetProperty("accuserLocalHealth").GetInt32());
        Assert.Equal(1.5, because.GetProperty("accuserRoundTripMs").GetDouble());
    }

    [Fact]
    public async Task The_doctor_tells_a_lone_node_what_to_do()
    {
        await using var app = await StartAsync(endpoints => endpoints.MapGossip());

        var answer = await SendAsync(app, IPAddress.Loopback, path: "/gossip/doctor");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        using var page = JsonDocument.Parse(answer.Body);
        Assert.False(page.RootElement.GetProperty("well").GetBoolean());
        var alone = page.RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("code").GetString() == "alone");
        Assert.Contains("Gossip:Key", alone.GetProperty("remedy").GetString());
        Assert.Equal("warning", alone.GetProperty("severity").GetString());
        var diagnosis = await app.Services.GetRequiredService<IGossipDoctor>().ExamineAsync();
        Assert.Contains(diagnosis.Findings, finding => finding.Code == "alone");
    }

    [Fact]
    public async Task It_may_be_mapped_twice()
    {
        await using var app = await StartAsync(endpoints =>
        {
            endpoints.MapGossip();
            endpoints.MapGossip("/ops/gossip");
        });
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, IPAddress.Loopback)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, IPAddress.Loopback, path: "/ops/gossip")).Status);
    }

    [Theory]
    [InlineData("10.1.2.3", null, "localhost")]
    [InlineData("127.0.0.1", "X-Forwarded-For", "localhost")]
    [InlineData("127.0.0.1", "Forwarded", "localhost")]
    [InlineData("127.0.0.1", "Via", "localhost")]
    [InlineData("127.0.0.1", null, "evil.example")]
    [InlineData(null, null, "localhost")]
    public async Task Other_callers_are_refused_and_told_the_remedy(string? caller, string? proxyHeader, string host)
    {
        await using var app = await StartAsync(endpoints => endpoints.MapGossip());

        var answer = await SendAsync(app, caller is null ? null : IPAddress.Parse(caller), proxyHeader, host: host);

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("RequireAuthorization", answer.Body);
    }

    [Fact]
    public async Task Anonymous_access_that_was_allowed_on_purpose_lets_everybody_in()
    {
        await using var app = await StartAsync(endpoints => endpoints.MapGossip().AllowAnonymous());

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, IPAddress.Parse("10.1.2.3"))).Status);
    }

    [Fact]
    public async Task Attached_authorization_decides_instead_of_the_address()
    {
        await using var app = await StartAsync(endpoints => endpoints.MapGossip("/inner/members").RequireAuthorization());

        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(app, IPAddress.Loopback, path: "/inner/members")).Status);
    }

    [Fact]
    public async Task A_further_cluster_has_an_endpoint_of_its_own()
    {
        await using var app = await StartAsync(
            endpoints =>
            {
                endpoints.MapGossip();
                endpoints.MapGossip("/gossip-west", "west");
            },
            services => services.AddKeyedGossip("west", new ConfigurationBuilder().Build(), options => (options.NodeName, options.Port, options.MachineDirectory) = ("western", 0, "none")));

        using var page = JsonDocument.Parse((await SendAsync(app, IPAddress.Loopback, path: "/gossip-west")).Body);

        Assert.Equal("western", page.RootElement.GetProperty("node").GetProperty("name").GetString());
        var error = Assert.Throws<InvalidOperationException>(() => app.MapGossip("/gossip-east", "east"));
        Assert.Contains("AddKeyedGossip(\"east\", section)", error.Message);
    }

    [Fact]
    public void Mapping_without_a_node_says_what_to_call()
    {
        var app = WebApplication.CreateBuilder().Build();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapGossip());

        Assert.Contains("builder.AddGossip()", error.Message);
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? add = null)
    {
        var builder = WebApplication.CreateBuilder(["--environment=Development"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddAuthentication().AddBearerToken();
        builder.Services.AddAuthorization();
        builder.AddGossip(options =>
        {
            options.NodeName = "default-name";
            options.Cluster = $"test-{Guid.NewGuid()}";
            options.Port = 0;
            options.MachineDirectory = "none";
        });
        add?.Invoke(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    private static async Task<JsonDocument> ReadAsync(WebApplication app, IPAddress caller)
    {
        var answer = await SendAsync(app, caller);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return JsonDocument.Parse(answer.Body);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(
        WebApplication app, IPAddress? caller, string? header = null, string path = "/gossip", string host = "127.0.0.1")
    {
        var http = await app.GetTestServer().SendAsync(request =>
        {
            request.Request.Path = path;
            request.Request.Host = new HostString(host, 5000);
            request.Connection.RemoteIpAddress = caller;
            if (header is not null)
                request.Request.Headers[header] = "203.0.113.7";
        });
        using var reader = new StreamReader(http.Response.Body);
        return ((HttpStatusCode)http.Response.StatusCode, await reader.ReadToEndAsync());
    }
}
