using System.Net;
using System.Net.Sockets;
using Gossip.Cli.Protocols.Dns;
using Gossip.Dns.Messages;
using Gossip.Cli.Tests.Protocols.Consul;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Gossip.Cli.Tests.Protocols.Dns;

/// <summary>Real askers over real sockets: dig, HAProxy, and those who mean no good.</summary>
public sealed class DnsServerTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly int _port = TestPorts.Free();
    private ConsulAgent _agent = null!;

    public async Task InitializeAsync() => _agent = await ConsulAgent.StartAsync(_folder, more: [new("Agent:Dns:Address", $"127.0.0.1:{_port}")]);

    public async Task DisposeAsync()
    {
        Assert.Empty(_agent.Errors);
        await _agent.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [PeerFact("dig")]
    public async Task Dig_sees_the_life_of_a_service()
    {
        Assert.Contains("NXDOMAIN", await DigAsync("web.service.gossip"), StringComparison.Ordinal);
        await _agent.RegisterAsync("""{ "ID": "w1", "Name": "web", "Address": "10.1.2.3", "Port": 8080, "Tags": [ "blue" ], "Meta": { "team": "a" } }""");
        Assert.Equal("10.1.2.3\n", await DigAsync("+short", "web.service.gossip"));
        Assert.Equal("10.1.2.3\n", await DigAsync("+short", "+tcp", "blue.web.service.gossip"));
        Assert.Equal("1 1 8080 0a010203.addr.dc1.gossip.\n", await DigAsync("+short", "_web._tcp.service.gossip", "SRV"));
        Assert.Equal("\"team=a\"\n", await DigAsync("+short", "web.service.gossip", "TXT"));
        Assert.Equal("web.service.dc1.gossip.\n", await DigAsync("+short", "-x", "10.1.2.3"));
        // It asks with a later version of EDNS first, and is told.
        Assert.Contains("BADVERS", await DigAsync("+edns=9", "web.service.gossip"), StringComparison.Ordinal);
        await _agent.DoAsync("/v1/agent/service/maintenance/w1?enable=true");
        Assert.Contains("NXDOMAIN", await DigAsync("web.service.gossip"), StringComparison.Ordinal);
        await _agent.DoAsync("/v1/agent/service/maintenance/w1?enable=false");
        Assert.Equal("10.1.2.3\n", await DigAsync("+short", "web.service.gossip"));
        await _agent.DoAsync("/v1/agent/service/deregister/w1");
        await Eventually.HoldsAsync(async () => (await DigAsync("web.service.gossip")).Contains("NXDOMAIN", StringComparison.Ordinal), "it is gone");
    }

    [PeerFact("haproxy")]
    public async Task HAProxy_follows_instances_as_they_come_and_go_without_an_error()
    {
        await using var first = await ServeAsync("one");
        await using var second = await ServeAsync("two");
        await RegisterAsync("one", first);
        var door = TestPorts.Free();
        // The example's, at other ports, and with its counters to be read.
        var example = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Peers", "haproxy.cfg"));
        var settings = _folder.Write(
            "haproxy.cfg",
            $"global\n  stats socket {_folder["haproxy.sock"]} mode 600 level admin\n" + example
                .Replace("127.0.0.1:8600", $"127.0.0.1:{_port}", StringComparison.Ordinal)
                .Replace("127.0.0.1:8080", $"127.0.0.1:{door}", StringComparison.Ordinal));
        await using var haproxy = ChildProcess.Start("haproxy", "-db", "-f", settings);
        using var caller = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{door}"), Timeout = Eventually.Deadline };
        await AnswersAsync("one");
        await OrderAsync("clear counters all");

        await RegisterAsync("two", second);
        output.WriteLine($"registered: the first request came after {await AnswersAsync("two"):F2} s");
        await _agent.DoAsync("/v1/agent/service/deregister/one");
        // Ten in a row would be for both, if it still sent to both.
        var inRow = 0;
        output.WriteLine($"deregistered: the last request came within {await UntilAsync(async () => (inRow = await AskAsync() == "two" ? inRow + 1 : 0) >= 40):F2} s");
        for (var i = 0; i < 40; i++)
            Assert.Equal("two", await AskAsync());

        var rows = (await OrderAsync("show stat")).Split('\n').Where(line => line.Contains(',', StringComparison.Ordinal)).Select(line => line.TrimStart('#', ' ').Split(',')).ToList();
        var backend = rows.Single(row => row[0] == "payments" && row[1] == "BACKEND");
        foreach (var counter in new[] { "econ", "eresp", "wretr", "wredis", "hrsp_5xx" })
            Assert.Equal((counter, "0"), (counter, backend[Array.IndexOf(rows[0], counter)]));

        async Task<string> AskAsync()
        {
            try
            {
                using var answer = await caller.GetAsync("/");
                return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}";
            }
            catch (HttpRequestException)
            {
                return "nobody listens yet";
            }
        }

        Task<double> AnswersAsync(string who) => UntilAsync(async () => await AskAsync() == who);

        async Task<double> UntilAsync(Func<Task<bool>> holds)
        {
            var began = TimeProvider.System.GetTimestamp();
            await Eventually.HoldsAsync(holds, "the request is answered as wanted");
            return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        }

        async Task<string> OrderAsync(string order)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder["haproxy.sock"]));
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(order + "\n"));
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync(Eventually.Patience());
        }
    }

    [Fact]
    public async Task Rubbish_is_dropped_and_the_next_question_is_answered()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(IPAddress.Loopback, _port);
        // Nothing, half a header, an answer, 60 kB; then a question.
        foreach (var packet in new[] { [], [1, 2, 3], [0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0], new byte[60_000] })
            await socket.SendAsync(packet);
        await socket.SendAsync(Question(77));
        UdpReceiveResult answer;
        do
            answer = await socket.ReceiveAsync(Eventually.Patience());
        while (answer.Buffer[1] != 77);
        Assert.Equal(3, answer.Buffer[3] & 0xF);
    }

    [Fact]
    public async Task Askers_by_TCP_ask_again_and_again_in_pieces_and_too_many_wait()
    {
        var time = new ManualTime();
        var place = new IPEndPoint(IPAddress.Loopback, TestPorts.Free());
        await using var server = DnsServer.Start(
            new(place, DnsName.Parse("gossip"), "dc1", TimeSpan.Zero), _ => DnsAnswer.Of(DnsCode.Refused), time, NullLogger.Instance);
        var silent = new List<TcpClient>();
        try
        {
            using var asker = new TcpClient();
            await asker.ConnectAsync(place);
            await AskAsync(asker, 1);
            await AskAsync(asker, 2);
            // As many as may be, and more, say nothing. Whoever was there before is answered, and so is one who comes when they have been left.
            for (var i = 0; i < DnsServer.MostConnections + 20; i++)
            {
                silent.Add(new TcpClient());
                await silent[^1].ConnectAsync(place);
            }

            await AskAsync(asker, 3);
            await Eventually.HoldsAsync(
                () =>
                {
                    time.Advance(11);
                    return server.Dropped > silent.Count;
                },
                "those who are silent are left");
            using var late = new TcpClient();
            await late.ConnectAsync(place);
            await AskAsync(late, 4);
            Assert.Equal(4, server.Answered);
        }
        finally
        {
            silent.ForEach(one => one.Dispose());
        }

        static async Task AskAsync(TcpClient asker, byte id)
        {
            var question = Question(id);
            var stream = asker.GetStream();
            foreach (var piece in new byte[][] { [0], [(byte)question.Length], question[..5], question[5..] })
                await stream.WriteAsync(piece);
            var answer = new byte[14];
            await stream.ReadExactlyAsync(answer, Eventually.Patience());
            Assert.Equal(id, answer[3]);
            await stream.ReadExactlyAsync(new byte[((answer[0] << 8) | answer[1]) - 12], Eventually.Patience());
        }
    }

    [Fact]
    public async Task Where_somebody_listens_already_the_start_says_what_to_set()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ConsulAgent.StartAsync(_folder, more: [new("Agent:Dns:Address", $"127.0.0.1:{_port}")], state: "other"));
        Assert.Contains("change Agent:Dns:Address", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>For <c>web.service.gossip A</c>.</summary>
    private static byte[] Question(byte id) => [0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, .. "web"u8, 7, .. "service"u8, 6, .. "gossip"u8, 0, 0, 1, 0, 1];

    private async Task<string> DigAsync(params string[] arguments) =>
        await ChildProcess.RunAsync("dig", ["@127.0.0.1", "-p", $"{_port}", "+tries=3", .. arguments]);

    private Task RegisterAsync(string id, WebApplication server) => _agent.RegisterAsync(
        $$"""{ "ID": "{{id}}", "Name": "payments", "Address": "127.0.0.1", "Port": {{new Uri(server.Urls.First()).Port}} }""");

    private static async Task<WebApplication> ServeAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.Run(http => http.Response.WriteAsync(name));
        await server.StartAsync(Eventually.Patience());
        return server;
    }
}
