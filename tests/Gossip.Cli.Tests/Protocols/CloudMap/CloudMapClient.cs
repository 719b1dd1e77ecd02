using System.Net;
using System.Text;
using System.Text.Json;
using Gossip.Cli.Tests.Processes;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>Speaks to an agent as an SDK of AWS speaks to Cloud Map.</summary>
internal class CloudMapClient : IAsyncDisposable
{
    private readonly AgentProcess? _agent;

    protected CloudMapClient(Uri url, AgentProcess? agent)
    {
        (Url, _agent) = (url, agent);
        Http = new HttpClient { BaseAddress = url, Timeout = Eventually.Deadline };
    }

    public Uri Url { get; }

    public HttpClient Http { get; }

    /// <summary>An agent in a process of its own.</summary>
    public static async Task<CloudMapClient> StartAsync(TestFolder folder, TestHost? seed = null, string access = "open")
    {
        var url = new Uri($"http://127.0.0.1:{TestPorts.Free()}");
        var agent = await AgentProcess.StartAsync(
            folder, seed, "--set", $"Agent:CloudMap:Url={url}", "--set", "Agent:CloudMap:Namespace=test", "--set", $"Agent:CloudMap:Access={access}", "--set", "Agent:Lease=1s");
        await agent.LineAsync(line => line.Contains("answers as Cloud Map does", StringComparison.Ordinal));
        return new CloudMapClient(url, agent);
    }

    public static HttpRequestMessage Request(string operation, string body) => new(HttpMethod.Post, "/")
    {
        Content = new StringContent(body, Encoding.UTF8, "application/x-amz-json-1.1"),
        Headers = { { "X-Amz-Target", $"Route53AutoNaming_v20170314.{operation}" } },
    };

    public async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(HttpRequestMessage request)
    {
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("application/x-amz-json-1.1", answer.Content.Headers.ContentType!.MediaType);
        Assert.Single(answer.Headers.GetValues("x-amzn-RequestId"));
        var json = JsonElement.Parse(text);
        if (answer.StatusCode != HttpStatusCode.OK)
            Assert.Equal(Text(json, "__type"), Assert.Single(answer.Headers.GetValues("x-amzn-ErrorType")));
        return (answer.StatusCode, json);
    }

    public Task<(HttpStatusCode Status, JsonElement Json)> AskAsync(string operation, string body) => SendAsync(Request(operation, body));

    /// <summary>Does what must succeed.</summary>
    public async Task<JsonElement> DoAsync(string operation, string body)
    {
        var (status, json) = await AskAsync(operation, body);
        Assert.True(status == HttpStatusCode.OK, $"{operation} {body}: {json}");
        return json;
    }

    /// <summary>Does what must be refused with 400.</summary>
    /// <returns>The name of the error, and what it says.</returns>
    public async Task<(string Type, string Message)> RefusedAsync(string operation, string body)
    {
        var (status, json) = await AskAsync(operation, body);
        Assert.True(status == HttpStatusCode.BadRequest, $"{operation} {body}: {status} {json}");
        return (Text(json, "__type"), Text(json, "Message"));
    }

    public Task<JsonElement> RegisterAsync(string service, string id, string attributes) =>
        DoAsync("RegisterInstance", $$"""{ "ServiceId": "srv-{{service}}", "InstanceId": "{{id}}", "Attributes": { {{attributes}} } }""");

    public Task DeregisterAsync(string service, string id) =>
        DoAsync("DeregisterInstance", $$"""{ "ServiceId": "srv-{{service}}", "InstanceId": "{{id}}" }""");

    public Task ReportAsync(string service, string id, string status) =>
        DoAsync("UpdateInstanceCustomHealthStatus", $$"""{ "ServiceId": "srv-{{service}}", "InstanceId": "{{id}}", "Status": "{{status}}" }""");

    public Task<JsonElement> DiscoverAsync(string service, string more = "") =>
        DoAsync("DiscoverInstances", $$"""{ "NamespaceName": "test", "ServiceName": "{{service}}"{{more}} }""");

    /// <summary>The ids that DiscoverInstances finds, sorted; of any health unless told otherwise.</summary>
    public async Task<string[]> IdsAsync(string service, string more = """, "HealthStatus": "ALL" """) =>
        [.. (await DiscoverAsync(service, more)).GetProperty("Instances").EnumerateArray().Select(one => Text(one, "InstanceId")).Order(StringComparer.Ordinal)];

    /// <summary>The ids of those that are well; none where the service is not known yet.</summary>
    public async Task<string[]> HealthyAsync(string service)
    {
        var (status, json) = await AskAsync("DiscoverInstances", $$"""{ "NamespaceName": "test", "ServiceName": "{{service}}" }""");
        return status != HttpStatusCode.OK
            ? []
            : [.. json.GetProperty("Instances").EnumerateArray().Select(one => Text(one, "InstanceId")).Order(StringComparer.Ordinal)];
    }

    public async Task<long> RevisionAsync(string service) =>
        (await DoAsync("DiscoverInstancesRevision", $$"""{ "NamespaceName": "test", "ServiceName": "{{service}}" }""")).GetProperty("InstancesRevision").GetInt64();

    public static string Text(JsonElement json, string key) => json.GetProperty(key).GetString()!;

    public static Dictionary<string, string> Pairs(JsonElement json, string key) =>
        json.GetProperty(key).EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);

    /// <summary>Kills the agent's process.</summary>
    public Task KillAsync() => _agent!.KillAsync();

    public virtual async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_agent is not null)
            await _agent.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
