using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Gossip.Cli.Tests.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gossip.Cli.Tests.Protocols;

/// <summary>An agent with Eureka's API and Prometheus' http_sd, as a part of this process or in one of its own.</summary>
internal sealed class FacadeAgent : IAsyncDisposable
{
    private readonly IHost? _host;
    private readonly AgentProcess? _process;

    private FacadeAgent(IHost? host, AgentProcess? process, Uri eureka, Uri prometheus)
    {
        (_host, _process, Eureka, Prometheus) = (host, process, eureka, prometheus);
        Http = new HttpClient { BaseAddress = eureka, Timeout = Eventually.Deadline };
        Targets = new HttpClient { BaseAddress = prometheus, Timeout = Eventually.Deadline };
    }

    /// <summary>Where Eureka's API is.</summary>
    public Uri Eureka { get; }

    /// <summary>Where http_sd is.</summary>
    public Uri Prometheus { get; }

    /// <summary>Speaks to it as to a Eureka.</summary>
    public HttpClient Http { get; }

    /// <summary>Speaks to it as Prometheus does.</summary>
    public HttpClient Targets { get; }

    public IServiceDiscovery Discovery => _host!.Services.GetRequiredService<IServiceDiscovery>();

    /// <summary>As a part of this process.</summary>
    public static async Task<FacadeAgent> StartAsync(
        TestFolder folder, TestHost? seed = null, IEnumerable<KeyValuePair<string, string?>>? more = null, string state = "state")
    {
        var (eureka, prometheus) = Places();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "image" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:ServicesFolder"] = folder["services.d"],
            ["Agent:StateFolder"] = folder[state],
            ["Agent:Socket"] = "none",
            ["Agent:Eureka:Url"] = eureka.ToString(),
            ["Agent:Prometheus:Url"] = prometheus.ToString(),
            ["Gossip:Cluster"] = seed?.Identity.Cluster ?? folder.Path,
            ["Gossip:Port"] = "0",
        });
        if (seed is not null)
            builder.Configuration.AddInMemoryCollection([new("Gossip:Seeds:0", seed.Identity.Advertised.ToString())]);
        builder.Configuration.AddInMemoryCollection(more);
        builder.AddGossipAgent();
        builder.AddGossipNode(options => (options.MachineDirectory, options.AddressBook) = ("none", "none"));
        var agent = new FacadeAgent(builder.Build(), null, eureka, prometheus);
        await agent._host!.StartAsync(Eventually.Patience());
        return agent;
    }

    /// <summary>In a process of its own, which can be killed.</summary>
    public static async Task<FacadeAgent> StartProcessAsync(TestFolder folder, TestHost? seed = null, params string[] more)
    {
        var (eureka, prometheus) = Places();
        var process = await AgentProcess.StartAsync(
            folder, seed, ["--set", $"Agent:Eureka:Url={eureka}", "--set", $"Agent:Prometheus:Url={prometheus}", .. more]);
        await process.LineAsync(line => line.Contains("answers as Eureka does", StringComparison.Ordinal));
        await process.LineAsync(line => line.Contains("answers as Prometheus http_sd does", StringComparison.Ordinal));
        return new FacadeAgent(null, process, eureka, prometheus);
    }

    /// <summary>An instance as a client sends it.</summary>
    public static string Instance(
        string app, string id, int port = 8081, int duration = 90, string status = "UP", string metadata = """{ "zone": "a", "version": "1.2.3" }""", string more = "") => $$"""
        { "instance": { "instanceId": "{{id}}", "app": "{{app}}", "hostName": "127.0.0.1", "ipAddr": "127.0.0.1", "status": "{{status}}", "port": { "$": {{port}}, "@enabled": true },
          "vipAddress": "{{app}}", "dataCenterInfo": { "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn" },
          "leaseInfo": { "renewalIntervalInSecs": 30, "durationInSecs": {{duration}} }, {{more}} "metadata": {{metadata}} } }
        """;

    /// <summary>Sends a request, by default as the client of npm does.</summary>
    public async Task<(HttpStatusCode Status, string Text)> SendAsync(
        string method, string path, string? body = null, string type = "application/json", string? accept = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null)
            request.Headers.Accept.ParseAdd(accept);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, type);
        using var answer = await Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Registers what must be taken.</summary>
    public async Task RegisterAsync(string app, string id, int port = 8081, int duration = 90, string status = "UP", string metadata = """{ "zone": "a", "version": "1.2.3" }""", string more = "") =>
        Assert.Equal((HttpStatusCode.NoContent, ""), await SendAsync("POST", $"/eureka/apps/{app}", Instance(app, id, port, duration, status, metadata, more)));

    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, text) = await SendAsync("GET", path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {text}");
        return JsonElement.Parse(text);
    }

    public async Task<XElement> GetXmlAsync(string path)
    {
        var (status, text) = await SendAsync("GET", path, accept: null);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {text}");
        return XElement.Parse(text);
    }

    /// <summary>All instances that readers see, as <c>APP/id STATUS</c>.</summary>
    public async Task<string[]> AllAsync() => Lines(await GetAsync("/eureka/apps"));

    /// <summary>The same of an answer.</summary>
    public static string[] Lines(JsonElement applications) =>
    [
        .. applications.GetProperty("applications").GetProperty("application").EnumerateArray().SelectMany(app => app.GetProperty("instance").EnumerateArray())
            .Select(one => $"{one.GetProperty("app")}/{one.GetProperty("instanceId")} {one.GetProperty("status")}"),
    ];

    /// <summary>Waits until readers see exactly those.</summary>
    public async Task SeesAsync(params string[] expected)
    {
        string[] last = [];
        await Eventually.HoldsAsync(async () => (last = await AllAsync()).SequenceEqual(expected), $"{string.Join(", ", expected)}");
        Assert.Equal(expected, last);
    }

    /// <summary>The memory that the agent's process has, by the kernel's word; 0 where no kernel says it.</summary>
    public async Task<int> ResidentKilobytesAsync() => !OperatingSystem.IsLinux() ? 0 : int.Parse(
        (await File.ReadAllLinesAsync($"/proc/{_process!.Id}/status")).Single(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    /// <summary>Kills the agent's process.</summary>
    public Task KillAsync() => _process!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Targets.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        if (_host is null)
            return;
        await _host.StopAsync(Eventually.Patience());
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private static (Uri Eureka, Uri Prometheus) Places() =>
        (new Uri($"http://127.0.0.1:{TestPorts.Free()}"), new Uri($"http://127.0.0.1:{TestPorts.Free()}"));
}
