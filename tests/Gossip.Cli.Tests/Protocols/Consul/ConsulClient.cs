using System.Net;
using System.Text;
using System.Text.Json;
using Gossip.Cli.Tests.Processes;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>Speaks to an agent as to a Consul.</summary>
internal class ConsulClient : IAsyncDisposable
{
    private readonly AgentProcess? _agent;

    protected ConsulClient(Uri url, AgentProcess? agent)
    {
        (Url, _agent) = (url, agent);
        Http = new HttpClient { BaseAddress = url, Timeout = Eventually.Deadline };
    }

    public Uri Url { get; }

    public HttpClient Http { get; }

    /// <summary>An agent in a process of its own.</summary>
    public static async Task<ConsulClient> StartAsync(TestFolder folder, TestHost? seed = null)
    {
        var url = new Uri($"http://127.0.0.1:{TestPorts.Free()}");
        var agent = await AgentProcess.StartAsync(folder, seed, "--set", $"Agent:Consul:Url={url}");
        await agent.LineAsync(line => line.Contains("answers as Consul does", StringComparison.Ordinal));
        return new ConsulClient(url, agent);
    }

    public async Task<(HttpStatusCode Status, string Text)> PutAsync(string path, string body = "")
    {
        using var answer = await Http.PutAsync(path, new StringContent(body, Encoding.UTF8));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Does what must succeed.</summary>
    public async Task DoAsync(string path, string body = "") => Assert.Equal((HttpStatusCode.OK, true), await PutAsync(path, body) is var (status, text) ? (status, text is "" or "true") : default);

    public Task RegisterAsync(string body) => DoAsync("/v1/agent/service/register", body);

    /// <summary>Reads, with the index of the answer; 0 where it has none.</summary>
    public async Task<(JsonElement Json, long Index)> GetAsync(string path, CancellationToken cancellation = default)
    {
        using var answer = await Http.GetAsync(path, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode} {text}");
        return (JsonElement.Parse(text), answer.Headers.TryGetValues("X-Consul-Index", out var values) ? long.Parse(values.First()) : 0);
    }

    /// <summary>The ids of the instances of a service that health/service shows.</summary>
    public async Task<string[]> IdsAsync(string service, string query = "") =>
        [.. (await GetAsync($"/v1/health/service/{service}?{query}")).Json.EnumerateArray().Select(one => one.GetProperty("Service").GetProperty("ID").GetString()!)];

    /// <summary>How many queries are blocked, by the agent's own word.</summary>
    public async Task<int> BlockedAsync() => int.Parse(
        (await GetAsync("/v1/agent/self")).Json.GetProperty("Stats").GetProperty("facade").GetProperty("blocked_queries").GetString()!);

    /// <summary>Waits until so many are.</summary>
    public Task HasBlockedAsync(int count) => Eventually.HoldsAsync(async () => await BlockedAsync() == count, $"{count} queries are blocked");

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
