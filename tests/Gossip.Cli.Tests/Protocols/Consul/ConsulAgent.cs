using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>An agent with the façade, as a part of this process, and a client that speaks to it as to a Consul.</summary>
internal sealed class ConsulAgent : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TestLog _log;

    private ConsulAgent(IHost host, TestLog log, int port)
    {
        (_host, _log) = (host, log);
        Url = new Uri($"http://127.0.0.1:{port}");
        Http = new HttpClient { BaseAddress = Url, Timeout = Eventually.Deadline };
    }

    public Uri Url { get; }

    public HttpClient Http { get; }

    public IServiceDiscovery Discovery => _host.Services.GetRequiredService<IServiceDiscovery>();

    public IEnumerable<string> Warnings => _log.Warnings;

    public static async Task<ConsulAgent> StartAsync(
        TestFolder folder, TestHost? seed = null, IEnumerable<KeyValuePair<string, string?>>? more = null, string state = "state")
    {
        var port = TestPorts.Free();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "image" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:ServicesFolder"] = folder["services.d"],
            ["Agent:StateFolder"] = folder[state],
            ["Agent:Socket"] = "none",
            ["Agent:Consul:Url"] = $"http://127.0.0.1:{port}",
            ["Gossip:Cluster"] = seed?.Identity.Cluster ?? folder.Path,
            ["Gossip:Port"] = "0",
            ["Gossip:Seeds:0"] = seed?.Identity.Advertised.ToString(),
        });
        builder.Configuration.AddInMemoryCollection(more);
        var log = new TestLog();
        builder.Logging.AddProvider(log);
        builder.AddGossipAgent();
        builder.AddGossipNode(options => (options.MachineDirectory, options.AddressBook) = ("none", "none"));
        var agent = new ConsulAgent(builder.Build(), log, port);
        await agent._host.StartAsync(Eventually.Patience());
        return agent;
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

    public Task StopAsync() => _host.StopAsync(Eventually.Patience());

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _host.StopAsync(Eventually.Patience());
        await ((IAsyncDisposable)_host).DisposeAsync();
        _log.Dispose();
    }
}
