using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gossip.Cli.Agent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Tests;

/// <summary>The API over a real Unix socket, with the agent as a part of this process, as a program for a container image has it.</summary>
public sealed class AgentApiTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly TestLog _log = new();
    private IHost _host = null!;
    private HttpClient _api = null!;

    private IServiceDiscovery Discovery => _host.Services.GetRequiredService<IServiceDiscovery>();

    public async Task InitializeAsync()
    {
        _host = Build();
        await _host.StartAsync();
        _api = Client();
    }

    public async Task DisposeAsync()
    {
        _api.Dispose();
        await _host.StopAsync();
        _host.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Only_the_user_can_open_the_socket()
    {
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["agent.sock"]));
    }

    [Fact]
    public async Task A_service_reports_on_itself_and_its_state_follows()
    {
        await PutAsync("queue", """{ "name": "queue", "endpoints": [ { "port": 5672, "scheme": "amqp" } ], "checks": [ { "type": "ttl", "ttl": "1h" } ] }""");
        // Nothing is registered before the first report.
        await ShowsAsync("queue", "\"state\": null");
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync("queue", "ttl", "pass", ""));
        await SeesAsync("queue", ServiceState.Ready, null);
        Assert.Equal("amqp://127.0.0.1:5672", Discovery.Current.GetAllInstances("queue")[0].Endpoints[0].ToString());
        await ReportAsync("queue", "ttl", "warn", "9,000 waiting");
        await SeesAsync("queue", ServiceState.Degraded, "check 'ttl': 9,000 waiting");
        await ReportAsync("queue", "ttl", "fail", "disk full\nand more");
        await SeesAsync("queue", ServiceState.Unhealthy, "check 'ttl': disk full");
        await ReportAsync("queue", "ttl", "pass", "");
        await SeesAsync("queue", ServiceState.Ready, null);
        // The API shows the end of a pass, and the cluster is told before.
        await ShowsAsync("queue", "\"state\": \"ready\"");
        var page = await _api.GetFromJsonAsync<JsonElement>("/v1/services/queue");
        var check = page.GetProperty("checks")[0];
        Assert.Equal(("ready", "ttl", "pass"), (page.GetProperty("state").GetString(), check.GetProperty("type").GetString(), check.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_report_counts_for_the_next_agent_too()
    {
        await PutAsync("queue", """{ "name": "queue", "checks": [ { "type": "ttl", "ttl": "1h" } ] }""");
        await ReportAsync("queue", "ttl", "warn", "9,000 waiting");
        await SeesAsync("queue", ServiceState.Degraded, "check 'ttl': 9,000 waiting");
        await _host.StopAsync();
        _host.Dispose();
        _host = Build();
        await _host.StartAsync();
        await SeesAsync("queue", ServiceState.Degraded, "check 'ttl': 9,000 waiting");

        // A service that is registered anew under its id has reported nothing.
        await _api.DeleteAsync("/v1/services/queue");
        await PutAsync("queue", """{ "name": "queue", "checks": [ { "type": "ttl", "ttl": "1h" } ] }""");
        await ShowsAsync("queue", "no report yet");
    }

    [Fact]
    public async Task An_operator_drains_a_service_and_takes_that_back()
    {
        await RegisterAsync("shop");
        Assert.Equal(HttpStatusCode.NoContent, (await _api.PutAsync("/v1/services/shop/drain", Json("""{ "reason": "deploy 17" }"""))).StatusCode);
        await SeesAsync("shop", ServiceState.Draining, "deploy 17");
        Assert.Equal(HttpStatusCode.NoContent, (await _api.DeleteAsync("/v1/services/shop/drain")).StatusCode);
        await SeesAsync("shop", ServiceState.Ready, null);
        Assert.Equal(HttpStatusCode.NotFound, (await _api.PutAsync("/v1/services/none/drain", Json(""))).StatusCode);
    }

    [Fact]
    public async Task A_service_of_a_file_is_not_the_apis_to_change()
    {
        _folder.Write("services.d/web.json", """{ "name": "web" }""");
        await SeesAsync("web", ServiceState.Ready, null);
        var put = await _api.PutAsync("/v1/services/web", Json($$"""{ "name": "web", "pid": {{Environment.ProcessId}} }"""));
        Assert.Equal((HttpStatusCode.Conflict, true), (put.StatusCode, (await DetailOf(put)).Contains("web.json", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Conflict, (await _api.DeleteAsync("/v1/services/web")).StatusCode);
    }

    [Theory]
    [InlineData("""{ "name": "a", "pid": "x", "weight": -1 }""", HttpStatusCode.BadRequest, "pid is 'x'; it must be a whole number")]
    [InlineData("""{ "name": "a", "pid": 2147483647 }""", HttpStatusCode.BadRequest, "pid is 2147483647, and no such process runs here")]
    [InlineData("""{ "name": "a" }""", HttpStatusCode.BadRequest, "nobody would notice when the service ends")]
    [InlineData("""{ "name": "a", "id": "b", "pid": 1 }""", HttpStatusCode.BadRequest, "id is 'b'; it must be left out, or 'a'")]
    [InlineData("""{ "name": "a", "checks": [ { "type": "command", "shell": "true" } ] }""", HttpStatusCode.BadRequest, "Agent:ServicesFolder")]
    [InlineData("no json", HttpStatusCode.BadRequest, "The body is no JSON")]
    public async Task A_definition_that_is_wrong_is_refused_with_what_to_write(string body, HttpStatusCode status, string expected)
    {
        var answer = await _api.PutAsync("/v1/services/a", Json(body));
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains(expected, await DetailOf(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        var answer = await _api.PutAsync("/v1/services/a", Json(new string(' ', 200_000)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/services/none")]
    [InlineData("DELETE", "/v1/services/none")]
    [InlineData("PUT", "/v1/services/none/checks/ttl/pass")]
    [InlineData("GET", "/")]
    public async Task What_is_not_there_is_told_with_what_is(string method, string path)
    {
        var answer = await _api.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.NotEmpty(await DetailOf(answer));
    }

    [Fact]
    public async Task A_report_of_no_such_check_names_those_that_there_are()
    {
        await PutAsync("queue", """{ "name": "queue", "checks": [ { "type": "ttl", "id": "beat", "ttl": "1h" } ] }""");
        var answer = await _api.PutAsync("/v1/services/queue/checks/ttl/pass", Json(""));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("its checks of the type ttl are beat.", await DetailOf(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_an_address_the_token_is_needed()
    {
        var url = _host.Services.GetRequiredService<AgentOptions>().Url!;
        using var http = new HttpClient { BaseAddress = url };
        var refused = await http.GetAsync("/v1/services");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains(_folder["state/agent.token"], await DetailOf(refused), StringComparison.Ordinal);
        http.DefaultRequestHeaders.Authorization = new("Bearer", new string('0', 64));
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/v1/services")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", (await File.ReadAllTextAsync(_folder["state/agent.token"])).Trim());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v1/services")).StatusCode);
    }

    [Fact]
    public async Task The_agent_says_who_it_is_and_how_much_it_has()
    {
        await RegisterAsync("shop");
        var page = await _api.GetFromJsonAsync<JsonElement>("/v1/agent");
        Assert.Equal(("agent", 1, 1, 8191), (page.GetProperty("name").GetString(), page.GetProperty("services").GetInt32(), page.GetProperty("registered").GetInt32(), page.GetProperty("most").GetInt32()));
    }

    [Fact]
    public async Task A_program_that_is_named_by_a_file_is_run_and_its_output_kept()
    {
        var program = _folder.WriteProgram("check", "echo all is well with $GOSSIP_SERVICE_ID");
        _folder.Write("services.d/web.json", $$"""{ "name": "web", "checks": [ { "type": "command", "command": [ "{{program}}" ] } ] }""");
        await SeesAsync("web", ServiceState.Ready, null);
        await ShowsAsync("web", "all is well with web");
    }

    [Fact]
    public async Task Another_agent_at_the_same_socket_is_refused_and_told_what_to_set()
    {
        using var other = Build("other");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => other.StartAsync());
        Assert.Contains($"Another agent listens at {_folder["agent.sock"]}. Stop that one, or set Agent:Socket", refused.Message, StringComparison.Ordinal);
        await other.StopAsync();
        Assert.Equal(HttpStatusCode.OK, (await _api.GetAsync("/v1/agent")).StatusCode);
    }

    [Fact]
    public async Task An_id_may_have_any_letter_in_it()
    {
        const string Id = "a/b %25 ж";
        await PutAsync(Uri.EscapeDataString(Id), $$"""{ "name": "odd", "pid": {{Environment.ProcessId}} }""");
        await SeesAsync("odd", ServiceState.Ready, null);
        Assert.Equal(Id, Discovery.Current.GetAllInstances("odd")[0].InstanceId);
        Assert.Equal(HttpStatusCode.NoContent, (await _api.DeleteAsync($"/v1/services/{Uri.EscapeDataString(Id)}")).StatusCode);
    }

    private IHost Build(string state = "state")
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "image" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:ServicesFolder"] = _folder["services.d"],
            ["Agent:StateFolder"] = _folder[state],
            ["Agent:Socket"] = _folder["agent.sock"],
            ["Agent:Url"] = $"http://127.0.0.1:{TestPorts.Free()}",
            ["Agent:ReconcileInterval"] = "200ms",
            ["Gossip:Cluster"] = _folder.Path,
            ["Gossip:Port"] = "0",
        });
        builder.Logging.AddProvider(_log);
        builder.AddGossipAgent();
        builder.AddGossipNode(options => options.MachineDirectory = "none");
        return builder.Build();
    }

    private HttpClient Client() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder["agent.sock"]), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://agent"),
    };

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task<string> DetailOf(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;

    private async Task PutAsync(string id, string definition)
    {
        var answer = await _api.PutAsync($"/v1/services/{id}", Json(definition));
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }

    private async Task RegisterAsync(string id)
    {
        await PutAsync(id, $$"""{ "name": "{{id}}", "pid": {{Environment.ProcessId}} }""");
        await SeesAsync(id, ServiceState.Ready, null);
    }

    private async Task<HttpStatusCode> ReportAsync(string id, string check, string report, string note) =>
        (await _api.PutAsync($"/v1/services/{id}/checks/{check}/{report}", Json(note))).StatusCode;

    private Task ShowsAsync(string id, string text) => Eventually.HoldsAsync(
        async () => await _api.GetAsync($"/v1/services/{id}") is { IsSuccessStatusCode: true } answer
            && (await answer.Content.ReadAsStringAsync()).Contains(text, StringComparison.Ordinal),
        $"{id} shows {text}");

    private Task SeesAsync(string service, ServiceState state, string? reason) => Eventually.HoldsAsync(
        () => Discovery.Current.GetAllInstances(service) is [var one] && one.State == state && one.Reason == reason,
        $"{service} is {state} ({reason}); log: {string.Join('\n', _log.Warnings)}");
}
