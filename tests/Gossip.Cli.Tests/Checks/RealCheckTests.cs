using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gossip.Cli.Agent.Checks;
using Google.Protobuf;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Cli.Tests.Checks;

/// <summary>Checks of real sockets, servers and programs.</summary>
public sealed class RealCheckTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly CheckSource _source = new(TimeProvider.System, new ProcessTable(), "systemctl");

    public void Dispose()
    {
        _source.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_port_that_accepts_passes_and_one_that_refuses_fails()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal(CheckStatus.Pass, (await new TcpCheck("127.0.0.1", port).RunAsync(Eventually.Patience())).Status);
        listener.Stop();
        Assert.Equal(CheckStatus.Fail, (await new TcpCheck("127.0.0.1", port).RunAsync(Eventually.Patience())).Status);
    }

    [Theory]
    [InlineData(200, "Pass")]
    [InlineData(204, "Pass")]
    [InlineData(302, "Fail")]
    [InlineData(429, "Warn")]
    [InlineData(500, "Fail")]
    public async Task An_answer_counts_by_its_status_and_redirects_are_not_followed(int status, string expected)
    {
        await using var server = await ServeAsync(HttpProtocols.Http1, http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = "/elsewhere";
            return status == 204 ? Task.CompletedTask : http.Response.WriteAsync(new string('x', 10_000));
        });
        var result = await MakeAsync("http", $"\"url\": \"{server.Urls.First()}/health\"");
        Assert.Equal(expected, result.Status.ToString());
        Assert.StartsWith($"GET {server.Urls.First()}/health → {status}\n", result.Output, StringComparison.Ordinal);
        Assert.InRange(result.Output.Length, 0, CheckResult.MostOutput);
    }

    [Theory]
    [InlineData(HealthCheckResponse.Types.ServingStatus.Serving, "Pass")]
    [InlineData(HealthCheckResponse.Types.ServingStatus.NotServing, "Fail")]
    public async Task A_server_says_by_the_health_protocol_of_grpc_whether_it_serves(HealthCheckResponse.Types.ServingStatus status, string expected)
    {
        string? asked = null;
        await using var server = await ServeAsync(HttpProtocols.Http2, async http =>
        {
            var request = new byte[1024];
            var count = await http.Request.Body.ReadAtLeastAsync(request, 1024, throwOnEndOfStream: false);
            asked = $"{http.Request.Path} {HealthCheckRequest.Parser.ParseFrom(request, 5, count - 5).Service}";
            http.Response.ContentType = "application/grpc";
            http.Response.AppendTrailer("grpc-status", "0");
            var answer = new HealthCheckResponse { Status = status }.ToByteArray();
            var frame = new byte[5 + answer.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), answer.Length);
            answer.CopyTo(frame, 5);
            await http.Response.Body.WriteAsync(frame);
        });
        var result = await MakeAsync("grpc", $"\"host\": \"127.0.0.1\", \"port\": {new Uri(server.Urls.First()).Port}, \"service\": \"pay\"");
        Assert.Equal(expected, result.Status.ToString());
        Assert.Equal("/grpc.health.v1.Health/Check pay", asked);
    }

    [Fact]
    public async Task A_server_without_the_health_protocol_fails()
    {
        await using var server = await ServeAsync(HttpProtocols.Http2, http =>
        {
            http.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        Assert.Equal(CheckStatus.Fail, (await MakeAsync("grpc", $"\"host\": \"127.0.0.1\", \"port\": {new Uri(server.Urls.First()).Port}")).Status);
    }

    [Theory]
    [InlineData(0, "Pass")]
    [InlineData(1, "Warn")]
    [InlineData(2, "Fail")]
    [InlineData(77, "Fail")]
    public async Task A_program_tells_by_its_exit_code(int code, string expected)
    {
        var program = _folder.WriteProgram("check", $"echo \"$GOSSIP_SERVICE_ID says $1\"; echo too >&2; exit {code}");
        var result = await MakeAsync("command", $"\"command\": [\"{program}\", \"a b\"]");
        Assert.Equal(expected, result.Status.ToString());
        Assert.Contains("payments says a b", result.Output, StringComparison.Ordinal);
        Assert.Contains("too", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_runs_only_where_it_is_asked_for()
    {
        Assert.Equal(CheckStatus.Pass, (await MakeAsync("command", "\"shell\": \"test 1 = 1 && echo yes\"")).Status);
        Assert.Equal("$(echo no)\n", (await MakeAsync("command", "\"command\": [\"/bin/echo\", \"$(echo no)\"]")).Output);
    }

    [Fact]
    public async Task A_program_sees_nothing_of_the_agents_environment()
    {
        Environment.SetEnvironmentVariable("Gossip__Key", "a secret of the agent");
        try
        {
            var output = (await MakeAsync("command", "\"command\": [\"/usr/bin/env\"]")).Output;
            Assert.Contains("PATH=", output, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("Gossip__Key", null);
        }
    }

    [Fact]
    public async Task A_program_that_writes_without_end_is_read_and_four_kilobytes_are_kept()
    {
        var result = await MakeAsync("command", "\"shell\": \"head -c 1000000 /dev/zero | tr '\\\\0' x\"");
        Assert.Equal((CheckStatus.Pass, CheckResult.MostOutput), (result.Status, result.Output.Length));
    }

    [Fact]
    public async Task When_the_time_is_over_a_program_is_killed_with_its_children()
    {
        var pids = _folder["pids"];
        var program = _folder.WriteProgram("slow", $"sleep 600 & echo $! > {pids}; echo $$ >> {pids}; mv {pids} {pids}.all; wait");
        using var cancellation = new CancellationTokenSource();
        var run = new CommandCheck([program], ProgramRun.EnvironmentFor("a", "b")).RunAsync(cancellation.Token).AsTask();
        await Eventually.HoldsAsync(() => File.Exists($"{pids}.all"), "the child runs");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        foreach (var pid in await File.ReadAllLinesAsync($"{pids}.all"))
            await Eventually.HoldsAsync(() => new ProcessTable().Find(int.Parse(pid, CultureInfo.InvariantCulture)) is null, $"{pid} has ended");
    }

    [Fact]
    public async Task A_child_that_keeps_the_output_open_holds_nobody_up()
    {
        var program = _folder.WriteProgram("daemon", "sleep 600 & echo $!");
        var result = await new CommandCheck([program], ProgramRun.EnvironmentFor("a", "b")).RunAsync(Eventually.Patience());
        Assert.Equal(CheckStatus.Pass, result.Status);
        using var left = Process.GetProcessById(int.Parse(result.FirstLine, CultureInfo.InvariantCulture));
        left.Kill();
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_and_is_named() =>
        Assert.Contains("/no/such/program", (await MakeAsync("command", "\"command\": [\"/no/such/program\"]")).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("loaded", "active", "Pass")]
    [InlineData("loaded", "reloading", "Pass")]
    [InlineData("loaded", "activating", "Fail")]
    [InlineData("loaded", "deactivating", "Stopping")]
    [InlineData("loaded", "inactive", "Gone")]
    [InlineData("loaded", "failed", "Gone")]
    [InlineData("not-found", "inactive", "Gone")]
    public async Task The_state_of_a_unit_is_what_systemctl_shows(string load, string active, string expected)
    {
        var systemctl = _folder.WriteProgram("systemctl", $"echo \"$@\" > {_folder["asked"]}; echo LoadState={load}; echo ActiveState={active}; echo SubState=x");
        var result = await new UnitCheck(systemctl, "pay.service").RunAsync(Eventually.Patience());
        Assert.Equal(expected, result.Status.ToString());
        Assert.Equal("show --no-pager --property=LoadState,ActiveState,SubState -- pay.service\n", await File.ReadAllTextAsync(_folder["asked"]));
    }

    [Fact]
    public async Task Where_systemctl_fails_the_unit_is_not_taken_for_gone()
    {
        var systemctl = _folder.WriteProgram("systemctl", "echo 'Failed to connect to bus' >&2; exit 1");
        var result = await new UnitCheck(systemctl, "pay.service").RunAsync(Eventually.Patience());
        Assert.Equal(CheckStatus.Fail, result.Status);
        Assert.Contains("Failed to connect to bus", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_good_for_its_time()
    {
        var time = new ManualTime();
        var check = new TtlCheck(TimeSpan.FromSeconds(30), time);
        Assert.Equal(CheckStatus.Fail, (await check.RunAsync(default)).Status);
        check.Take(new(CheckStatus.Warn, "queue is long"));
        time.Advance(30);
        Assert.Equal((CheckStatus.Warn, "queue is long"), ((await check.RunAsync(default)).Status, (await check.RunAsync(default)).Output));
        time.Advance(0.1);
        Assert.Equal(CheckStatus.Fail, (await check.RunAsync(default)).Status);
    }

    private async Task<CheckResult> MakeAsync(string type, string fields)
    {
        var definition = Definitions.Read($$"""{ "name": "payments", "checks": [ { "type": "{{type}}", {{fields}} } ] }""");
        return await _source.Make(definition, definition.Checks[0]).Check.RunAsync(Eventually.Patience());
    }

    private static async Task<WebApplication> ServeAsync(HttpProtocols protocols, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        server.Run(answer);
        await server.StartAsync();
        return server;
    }
}
