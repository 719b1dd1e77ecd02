using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Gossip.AspNetCore.Tests.Http;
using Gossip.Http;
using Gossip.Protocol;
using Gossip.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Gossip.Yarp.Tests;

/// <summary>What becomes of a request behind the gateway.</summary>
public sealed class ForwardingTests
{
    private readonly CancellationToken _patience = Eventually.Patience();

    [Theory]
    [InlineData("GET", null)]
    [InlineData("POST", null)]
    [InlineData("DELETE", null)]
    [InlineData("POST", "3")]
    [InlineData("GET", "3")]
    public async Task A_request_that_one_destination_refuses_arrives_once_and_whole_at_another(string method, string? body)
    {
        var arrived = new ConcurrentQueue<string>();
        await using var server = await WebServer.StartAsync(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            arrived.Enqueue($"{http.Request.Method} {http.Request.Host}{http.Request.Path}{http.Request.QueryString} {await reader.ReadToEndAsync()}");
        });
        await using var gateway = await Gateway.StartAsync(build: ByWeight);
        using var dead = await gateway.RegisterDeadAsync("payments", "dead");
        await using var good = await gateway.RegisterAsync("payments", "good", server.Address.Port, 0);
        await gateway.HasAsync("payments", 2);

        using var request = new HttpRequestMessage(new HttpMethod(method), "/a%2Fb?c=d") { Content = body is null ? null : new StringContent(body) };
        using var answer = await gateway.Client.SendAsync(request, _patience);

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal([$"{method} payments/a%2Fb?c=d {body}"], arrived);
        Assert.Empty(gateway.Errors);
        Assert.Equal([true, false], Instances(gateway).Select(one => one.IsEjected));
    }

    [Fact]
    public async Task A_Host_that_the_route_passes_on_stays_at_the_other_destination()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync($"{http.Request.Host}"));
        await using var gateway = await Gateway.StartAsync(build: ByWeight, proxy: yarp => yarp.AddTransforms(route => route.AddOriginalHost()));
        using var dead = await gateway.RegisterDeadAsync("payments", "dead");
        await using var good = await gateway.RegisterAsync("payments", "good", server.Address.Port, 0);
        await gateway.HasAsync("payments", 2);

        Assert.Equal(gateway.Client.BaseAddress!.Authority, await gateway.GetAsync());
        Assert.Equal([true, false], Instances(gateway).Select(one => one.IsEjected));
    }

    [Fact]
    public async Task A_request_that_a_transform_leads_elsewhere_goes_there_and_says_nothing_of_the_instance()
    {
        await using var elsewhere = await WebServer.StartAsync(http => http.Response.WriteAsync("elsewhere"));
        using var nobody = new Socket(SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var target = $"http://{nobody.LocalEndPoint}/";
        await using var gateway = await Gateway.StartAsync(proxy: yarp => yarp.AddTransforms(route => route.AddRequestTransform(transform =>
        {
            transform.ProxyRequest.RequestUri = new Uri(transform.Path == "/dead" ? target : elsewhere.Address.ToString());
            return ValueTask.CompletedTask;
        })));
        await using var payments = await gateway.RegisterAsync("payments", "p1", int.Parse($"{elsewhere.Address.Port}"[..^1]));
        await gateway.HasAsync("payments", 1);

        Assert.Equal(("elsewhere", "502"), (await gateway.GetAsync(), await gateway.GetAsync("/dead")));
        Assert.False(Instances(gateway)[0].IsEjected);
        Assert.Equal(Statistics.LatencySample.None, Instances(gateway)[0].Statistics.LastMinute());
    }

    [Fact]
    public async Task One_other_destination_is_tried_and_no_third()
    {
        await using var gateway = await Gateway.StartAsync();
        using var one = await gateway.RegisterDeadAsync("payments", "a");
        using var two = await gateway.RegisterDeadAsync("payments", "b");
        using var three = await gateway.RegisterDeadAsync("payments", "c");
        await gateway.HasAsync("payments", 3);

        Assert.Equal("502", await gateway.PostAsync("3"));

        Assert.Equal([ForwarderError.Request], gateway.Errors);
        Assert.Equal(2, Instances(gateway).Count(one => one.IsEjected));
        Assert.All(Instances(gateway), one => Assert.Equal(0, one.InFlight));
    }

    [Theory]
    [InlineData("GET", null, 200)]
    [InlineData("GET", "3", 502)]
    [InlineData("DELETE", null, 502)]
    [InlineData("POST", "3", 502)]
    public async Task With_a_client_of_the_applications_own_only_what_is_safe_and_has_no_body_is_sent_again(string method, string? body, int expected)
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync(build: builder =>
        {
            ByWeight(builder);
            builder.Services.AddSingleton<IForwarderHttpClientFactory, OwnClients>();
        });
        using var dead = await gateway.RegisterDeadAsync("payments", "dead");
        await using var good = await gateway.RegisterAsync("payments", "good", server.Address.Port, 0);
        await gateway.HasAsync("payments", 2);

        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = body is null ? null : new StringContent(body) };
        using var answer = await gateway.Client.SendAsync(request, _patience);

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal([true, false], Instances(gateway).Select(one => one.IsEjected));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_was_sent_is_not_sent_again(bool hasBody)
    {
        var asked = 0;
        RequestDelegate hangUp = async http =>
        {
            Interlocked.Increment(ref asked);
            await http.Request.Body.CopyToAsync(Stream.Null);
            http.Abort();
        };
        await using var one = await WebServer.StartAsync(hangUp);
        await using var two = await WebServer.StartAsync(hangUp);
        await using var gateway = await Gateway.StartAsync();
        await using var first = await gateway.RegisterAsync("payments", "a", one.Address.Port);
        await using var second = await gateway.RegisterAsync("payments", "b", two.Address.Port);
        await gateway.HasAsync("payments", 2);

        using var answer = await gateway.Client.PostAsync("/", hasBody ? new StringContent("3") : null, _patience);

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Equal(1, asked);
        Assert.Equal(1, Instances(gateway).Count(one => one.Statistics.Failing > 0));
    }

    [Fact]
    public async Task A_name_by_which_a_member_leads_the_gateway_to_its_own_loopback_gets_no_byte()
    {
        var asked = 0;
        await using var server = await WebServer.StartAsync(http =>
        {
            Interlocked.Increment(ref asked);
            return http.Response.WriteAsync("here");
        });
        await using var gateway = await Gateway.StartAsync();
        var clients = gateway.App.App.Services.GetRequiredService<IForwarderHttpClientFactory>();
        using var client = clients.CreateClient(new ForwarderHttpClientContext { ClusterId = "payments", NewConfig = HttpClientConfig.Empty });
        var elsewhere = PeerAddress.From(IPAddress.Parse("192.0.2.7"), 7390);
        HttpRequestMessage To(PeerAddress owner) => new(HttpMethod.Get, new InstanceAddress($"http://localhost:{server.Address.Port}/", owner));

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(To(elsewhere), _patience));

        Assert.Contains("is refused since its node is at 192.0.2.7", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, asked);
        using var answer = await client.SendAsync(To(PeerAddress.From(IPAddress.Loopback, 7390)), _patience);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("POST")]
    [InlineData("GET")]
    public async Task What_was_written_to_a_connection_that_had_been_idle_is_not_sent_elsewhere(string method)
    {
        await using var first = new RawServer { Answer = heard => heard.Contains("/warm", StringComparison.Ordinal) ? "200 OK" : RawServer.Dies };
        await using var second = new RawServer();
        await using var gateway = await Gateway.StartAsync(build: ByWeight);
        await using var one = await gateway.RegisterAsync("payments", "one", first.Port);
        await using var two = await gateway.RegisterAsync("payments", "two", second.Port, 0);
        await gateway.HasAsync("payments", 2);
        Assert.Equal("", await gateway.GetAsync("/warm"));

        using var request = new HttpRequestMessage(new HttpMethod(method), "/pay");
        using var answer = await gateway.Client.SendAsync(request, _patience);

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Equal([$"GET /warm payments", $"{method} /pay payments"], first.Heard.Select(heard => heard.Trim()));
        Assert.Empty(second.Heard);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_instance_that_does_not_answer_in_time_has_failed_and_one_whose_caller_leaves_has_not(bool leaves)
    {
        var (entered, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await WebServer.StartAsync(async http =>
        {
            entered.TrySetResult();
            using var gone = http.RequestAborted.Register(() => left.TrySetResult());
            await left.Task.WaitAsync(Eventually.Patience());
        });
        await using var gateway = await Gateway.StartAsync(options => options.AddCluster("payments", configure: cluster => cluster with
        {
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = leaves ? Eventually.Deadline : TimeSpan.FromMilliseconds(50) },
        }));
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port);
        await gateway.HasAsync("payments", 1);
        using var leaving = new CancellationTokenSource();
        var call = gateway.Client.GetAsync("/", leaving.Token);

        if (leaves)
        {
            await entered.Task.WaitAsync(Eventually.Patience());
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
        else
        {
            // On a busy machine the time may be over before the instance has seen the request.
            Assert.Equal(504, (int)(await call).StatusCode);
        }

        if (entered.Task.IsCompleted)
            await left.Task.WaitAsync(Eventually.Patience());
        await Eventually.HoldsAsync(() => Instances(gateway)[0].InFlight == 0, "the call has ended");
        await Eventually.HoldsAsync(() => !gateway.Errors.IsEmpty, "YARP is done with it");
        Assert.Equal(!leaves, Instances(gateway)[0].Statistics.Failing > 0);
    }

    [Fact]
    public async Task The_zone_of_the_gateway_comes_first()
    {
        await using var near = await WebServer.StartAsync(http => http.Response.WriteAsync("near"));
        await using var far = await WebServer.StartAsync(http => http.Response.WriteAsync("far"));
        await using var gateway = await Gateway.StartAsync(build: builder => builder.Configuration["Gossip:Zone"] = "east");
        await using var first = await gateway.RegisterAsync("payments", "near", near.Address.Port, change: record => record with { Zone = "east" });
        await using var second = await gateway.RegisterAsync("payments", "far", far.Address.Port, change: record => record with { Zone = "west" });
        await gateway.HasAsync("payments", 2);

        var answers = new List<string>();
        for (var i = 0; i < 50; i++)
            answers.Add(await gateway.GetAsync());

        Assert.Equal(["near"], answers.Distinct());
    }

    [Theory]
    [InlineData(StatusCodes.Status503ServiceUnavailable)]
    [InlineData(StatusCodes.Status502BadGateway)]
    public async Task An_instance_that_keeps_failing_is_passed_over(int status)
    {
        var failed = 0;
        await using var bad = await WebServer.StartAsync(http =>
        {
            Interlocked.Increment(ref failed);
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var good = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"));
        await using var gateway = await Gateway.StartAsync(
            build: builder => builder.Configuration["Gossip:Balancing:Policy"] = "round-robin");
        await using var first = await gateway.RegisterAsync("payments", "bad", bad.Address.Port);
        await using var second = await gateway.RegisterAsync("payments", "good", good.Address.Port);
        await gateway.HasAsync("payments", 2);

        await Eventually.HoldsAsync(
            async () =>
            {
                await gateway.GetAsync();
                return Instances(gateway)[0].IsEjected;
            },
            "it is ejected");

        Assert.InRange(failed, 5, int.MaxValue);
        Assert.All(Instances(gateway), one => Assert.Equal(0, one.InFlight));
    }

    [Fact]
    public async Task A_draining_instance_finishes_what_it_has_and_gets_nothing_new()
    {
        var (entered, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var gateway = await Gateway.StartAsync();
        await using var slow = await WebServer.StartAsync(async http =>
        {
            entered.TrySetResult();
            await finish.Task.WaitAsync(Eventually.Patience());
            await http.Response.WriteAsync("slow");
        });
        await using var quick = await WebServer.StartAsync(http => http.Response.WriteAsync("quick"));
        await using var first = await gateway.RegisterAsync("payments", "slow", slow.Address.Port);
        await gateway.HasAsync("payments", 1);
        var open = gateway.GetAsync();
        await entered.Task.WaitAsync(Eventually.Patience());
        var destination = gateway.Destinations("payments")[0];
        await using var second = await gateway.RegisterAsync("payments", "quick", quick.Address.Port);
        await gateway.HasAsync("payments", 2);

        await first.DrainAsync("deploy 17", _patience);
        await gateway.HasAsync("payments", 1);

        for (var i = 0; i < 20; i++)
            Assert.Equal("quick", await gateway.GetAsync());
        Assert.Equal((1, "draining"), (destination.ConcurrentRequestCount, destination.Model.Config.Metadata!["state"]));
        Assert.False(open.IsCompleted);
        finish.SetResult();
        Assert.Equal("slow", await open);
        await Eventually.HoldsAsync(() => destination.ConcurrentRequestCount == 0, "YARP is done with it");
    }

    [Fact]
    public async Task An_affinity_survives_updates_and_ends_with_its_instance()
    {
        await using var gateway = await Gateway.StartAsync(options => options.AddCluster("payments", configure: cluster => cluster with
        {
            SessionAffinity = new SessionAffinityConfig { Enabled = true, Policy = "Cookie", AffinityKeyName = "at" },
        }));
        await using var one = await WebServer.StartAsync(http => http.Response.WriteAsync("one"));
        await using var two = await WebServer.StartAsync(http => http.Response.WriteAsync("two"));
        await using var first = await gateway.RegisterAsync("payments", "one", one.Address.Port);
        await using var second = await gateway.RegisterAsync("payments", "two", two.Address.Port);
        await gateway.HasAsync("payments", 2);
        using var answer = await gateway.Client.GetAsync("/", _patience);
        var mine = await answer.Content.ReadAsStringAsync(_patience);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var (sticky, other) = mine == "one" ? (first, second) : (second, first);

        await sticky.UpdateAsync(record => record with { Weight = 1, Version = "2.0.0" }, _patience);
        await using var another = await WebServer.StartAsync(http => http.Response.WriteAsync("three"));
        await using var third = await gateway.RegisterAsync("payments", "three", another.Address.Port);
        await gateway.HasAsync("payments", 3);
        await Eventually.HoldsAsync(() => gateway.Destinations("payments").Any(at => at.Model.Config.Metadata!.ContainsKey("version")), "the update is there");
        for (var i = 0; i < 20; i++)
            Assert.Equal(mine, await AskAsync());

        await sticky.DrainAsync(cancellationToken: _patience);
        await gateway.HasAsync("payments", 2);
        Assert.NotEqual(mine, await AskAsync());

        async Task<string> AskAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", cookie } } };
            using var again = await gateway.Client.SendAsync(request, _patience);
            return await again.Content.ReadAsStringAsync(_patience);
        }
    }

    [Fact]
    public async Task Calls_with_a_key_go_to_one_instance_where_the_policy_is_so()
    {
        await using var gateway = await Gateway.StartAsync(
            options => options.KeySelector = http => http.Request.Query["customer"],
            build: builder => builder.Configuration["Gossip:Balancing:Policies:payments"] = "consistent-hash");
        var servers = new List<WebServer>();
        for (var i = 0; i < 4; i++)
        {
            var name = $"{i}";
            servers.Add(await WebServer.StartAsync(http => http.Response.WriteAsync(name)));
            await gateway.RegisterAsync("payments", name, servers[i].Address.Port);
        }

        await gateway.HasAsync("payments", 4);
        var of7 = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.GetAsync("/?customer=7")));
        var all = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => gateway.GetAsync($"/?customer={i}")));

        Assert.Single(of7.Distinct());
        Assert.True(all.Distinct().Count() > 1);
        foreach (var server in servers)
            await server.DisposeAsync();
    }

    [Fact]
    public async Task A_web_socket_passes()
    {
        await using var server = await WebServer.StartAsync(async http =>
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync(Encoding.UTF8.GetBytes($"{http.Request.Host}"), WebSocketMessageType.Text, true, _patience);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, _patience);
        });
        await using var gateway = await Gateway.StartAsync(build: ByWeight);
        using var dead = await gateway.RegisterDeadAsync("payments", "dead");
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port, 0);
        await gateway.HasAsync("payments", 2);
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new Uri($"ws://{gateway.Client.BaseAddress!.Authority}/live"), _patience);

        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, _patience);
        Assert.Equal("payments", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Fact]
    public async Task A_web_socket_passes_to_https_by_whatever_version_it_speaks_and_nothing_counts_as_failed()
    {
        await using var server = await WebServer.StartAsync(
            async http =>
            {
                using var socket = await http.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync(Encoding.UTF8.GetBytes(http.Request.Protocol), WebSocketMessageType.Text, true, _patience);
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, _patience);
            },
            "payments");
        await using var gateway = await Gateway.StartAsync(options => options.AddCluster("payments", configure: cluster => cluster with
        {
            HttpClient = new HttpClientConfig { DangerousAcceptAnyServerCertificate = true },
        }));
        await using var payments = await gateway.RegisterAsync("payments", "p1", 1, change: record => record with
        {
            Endpoints = [new ServiceEndpoint("https", "https", "127.0.0.1", server.Address.Port)],
        });
        await gateway.HasAsync("payments", 1);
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new Uri($"ws://{gateway.Client.BaseAddress!.Authority}/live"), _patience);

        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, _patience);
        Assert.StartsWith("HTTP/", Encoding.UTF8.GetString(buffer, 0, received.Count), StringComparison.Ordinal);
        Assert.Equal(0, Instances(gateway)[0].Statistics.Failing);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("14", true)]
    public async Task A_gRPC_call_passes_and_its_status_behind_the_last_message_counts(string status, bool fails)
    {
        await using var server = await WebServer.StartAsync(
            async http =>
            {
                http.Response.ContentType = "application/grpc";
                await http.Request.Body.CopyToAsync(http.Response.Body);
                http.Response.AppendTrailer("grpc-status", status);
            },
            onlyHttp2: true);
        await using var gateway = await Gateway.StartAsync(
            options => options.AddCluster("payments", configure: cluster => cluster with
            {
                HttpRequest = new ForwarderRequestConfig { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
            }),
            build: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(
                listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2)));
        await using var payments = await gateway.RegisterAsync("payments", "p1", server.Address.Port);
        await gateway.HasAsync("payments", 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pay.Service/Pay")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 1, 42]) { Headers = { ContentType = new("application/grpc") } },
        };

        using var answer = await gateway.Client.SendAsync(request, _patience);

        Assert.Equal([0, 0, 0, 0, 1, 42], await answer.Content.ReadAsByteArrayAsync(_patience));
        Assert.Equal([status], answer.TrailingHeaders.GetValues("grpc-status"));
        await Eventually.HoldsAsync(() => Instances(gateway)[0].Statistics.LastMinute() != Statistics.LatencySample.None, "the call is counted");
        Assert.Equal(fails, Instances(gateway)[0].Statistics.Failing > 0);
    }

    /// <summary>One of weight 0 is chosen only when no other is left, so the first choice is to be foreseen.</summary>
    private static void ByWeight(WebApplicationBuilder builder) => builder.Configuration["Gossip:Balancing:Policy"] = "random";

    private sealed class OwnClients : ForwarderHttpClientFactory;

    /// <summary>Sorted by id: "bad" and "dead" come before "good".</summary>
    private static ServiceInstance[] Instances(Gateway gateway) =>
        [.. gateway.App.Discovery.GetInstances("payments").OrderBy(one => one.InstanceId, StringComparer.Ordinal)];
}
