using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.CloudMap.Model;
using Gossip.Cli.Protocols.CloudMap.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>What is sent to break or to fill the agent is refused, and holds so much and no more.</summary>
public sealed class HostileTests : IDisposable
{
    private static readonly string[] Seeds =
    [
        """{ "NamespaceName": "test", "ServiceName": "web", "MaxResults": 10, "QueryParameters": { "a": "b" }, "HealthStatus": "ALL" }""",
        """{ "ServiceId": "srv-web", "InstanceId": "i-1", "Attributes": { "AWS_INSTANCE_IPV4": "10.1.2.3", "AWS_INSTANCE_PORT": "80", "k": "\ud83d\ude00" } }""",
        """{ "Filters": [ { "Name": "NAMESPACE_ID", "Values": [ "ns-test" ], "Condition": "EQ" } ], "NextToken": "YQ", "MaxResults": 1e1 }""",
        """{ "ServiceId": "srv-web", "Instances": [ "i-1", "i-2" ], "NextToken": null }""",
    ];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Law(usual: 3_000)]
    internal void A_body_of_any_bytes_is_read_or_refused(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var bytes = Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]);
        for (var change = random.Next(6); change > 0 && bytes.Length > 0; change--)
        {
            var at = random.Next(bytes.Length);
            if (random.Next(4) == 0)
                bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
            else
                bytes[at] = (byte)"{}[]\":,0-9eEnull\\u\0\xFFaé"[random.Next(20)];
        }

        var body = CloudMapBody.Read(bytes, out var refusal);
        Assert.True((body is null) == (refusal is not null));
        if (body is null)
            return;
        var pairs = body.Pairs("Attributes") ?? body.Pairs("QueryParameters");
        _ = (body.OptionalText("ServiceId", 100), body.Text("InstanceId", 64, "i"), body.Whole("MaxResults", 1, 100, 100), body.Word("HealthStatus", "ALL"), body.Says("Instances"));
        CloudMapFilters.Read(body, "NAMESPACE_ID")(_ => "ns-test");
        var (page, _) = CloudMapPages.Of(body, body.Texts("Instances", 64).Distinct(), id => id);
        Assert.InRange(page.Count, 0, 100);
        if (pairs is null || InstanceAttributes.ProblemOf(pairs) is not null)
            return;
        var definition = CloudMapDefinitions.Of(new InstanceRegistration { Service = "web", InstanceId = "i-1", Attributes = pairs });
        // What its own rules let through, the cluster holds; or says why it does not.
        Assert.True(CloudMapDefinitions.ProblemOf(definition) is null or { Type: "InvalidInput" });
    }

    [Theory]
    [InlineData(9)]
    [InlineData(100_000)]
    public void A_body_that_is_nested_deeply_is_refused(int depth)
    {
        var body = string.Concat(Enumerable.Repeat("{ \"a\": ", depth)) + "1" + new string('}', depth);
        Assert.Null(CloudMapBody.Read(Encoding.UTF8.GetBytes(body), out var refusal));
        Assert.Equal("SerializationException", refusal!.Type);
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        var (status, json) = await agent.AskAsync("ListServices", new string(' ', CloudMapBody.MostBytes + 1));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, true), (status, CloudMapClient.Text(json, "Message").Contains("65536", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Bodies_that_do_not_end_hold_so_much_and_no_more()
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        var part = new byte[CloudMapBody.MostBytes - 1];
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 250; i++)
                await HoldAsync();
            // Of those who come at one moment more than one may be refused for the last room: so the rest comes one after the other.
            await Eventually.HoldsAsync(
                async () =>
                {
                    await HoldAsync();
                    return (await agent.AskAsync("ListServices", new string(' ', 32 * 1024) + "{}")).Status == HttpStatusCode.ServiceUnavailable;
                },
                "there is no room for another");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await Eventually.HoldsAsync(async () => (await agent.AskAsync("ListServices", "{}")).Status == HttpStatusCode.OK, "there is room again");

        async Task HoldAsync()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, agent.Url.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: Route53AutoNaming_v20170314.ListServices\r\nContent-Length: {part.Length + 1}\r\n\r\n"));
            await socket.SendAsync(part);
        }
    }

    [Theory]
    [InlineData(31, 1, 1, "31 custom attributes; an instance may have 30")]
    [InlineData(5, 200, 900, "5500 letters with its keys; it may have 5000")]
    [InlineData(1, 256, 1, "of 256 letters; it must have 1 to 255")]
    [InlineData(1, 2, 1_025, "has 1025 letters; it may have 1024")]
    [InlineData(101, 3, 1, "Attributes has more than 100 pairs")]
    public async Task Attributes_are_bounded(int count, int key, int value, string expected)
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        var attributes = Enumerable.Range(0, count).ToDictionary(i => $"{i}".PadLeft(key, 'k'), _ => new string('v', value));
        var refused = await agent.RefusedAsync("RegisterInstance", $$"""{ "ServiceId": "srv-web", "InstanceId": "i-1", "Attributes": {{JsonSerializer.Serialize(attributes)}} }""");
        Assert.Equal(("InvalidInput", true), (refused.Type, refused.Message.Contains(expected, StringComparison.Ordinal)));
    }

    [Fact]
    public void So_many_services_and_instances_and_no_more()
    {
        // Nothing is kept, which is told each time: the disk would be flushed thousands of times.
        var source = new CloudMapSource(new StateFile(Path.Combine(_folder.Path, "none", "cloudmap.json"), NullLogger.Instance));
        var instance = new InstanceRegistration { Service = "web", InstanceId = "i", Attributes = new Dictionary<string, string>() };
        for (var i = 0; i < CloudMapSource.MostServices; i++)
            source.Create(new CreatedService { Name = $"s{i}" });
        Assert.Equal("ResourceLimitExceeded", source.Create(new CreatedService { Name = "web" })!.Type);
        Assert.Equal("ResourceLimitExceeded", source.Register(instance, default)!.Type);
        source.Delete("s0");
        for (var i = 0; i < CloudMapSource.MostInstances; i++)
            source.Register(instance with { InstanceId = $"i{i}" }, default);
        Assert.Equal("ResourceLimitExceeded", source.Register(instance, default)!.Type);
        Assert.Equal((CloudMapSource.MostServices, CloudMapSource.MostInstances), (source.State.Services.Count, source.Look().Count));
        source.Deregister("web", "i0");
        Assert.NotEqual("ResourceLimitExceeded", source.Register(instance, default)?.Type);
    }

    [Fact]
    public void Operations_and_services_that_have_gone_are_remembered_up_to_a_number()
    {
        var done = new OperationList(TimeProvider.System);
        var first = done.Add("REGISTER_INSTANCE", "no room", "srv-web", "i");
        Assert.Equal(("FAIL", "no room"), (done.Find(first)!.Status, done.Find(first)!.ErrorMessage));
        for (var i = 0; i < OperationList.Most; i++)
            done.Add("REGISTER_INSTANCE", null, "srv-web", "i");
        Assert.Null(done.Find(first));

        var cluster = new FakeCluster(["n1"]);
        var source = new CloudMapSource(new StateFile(_folder["cloudmap.json"], NullLogger.Instance));
        var catalog = new CloudMapCatalog(cluster, source, () => new Dictionary<string, ShownService>(), TimeProvider.System, mostExtinct: 10);
        var revisions = new Dictionary<string, long>();
        for (var i = 0; i < 100; i++)
        {
            var name = $"s{i % 40}";
            cluster.Publish([ServiceInstance.Create(new ServiceRecord { InstanceId = "i", Service = name }, "n1")]);
            var revision = catalog.Find(name)!.Revision;
            Assert.True(revision > revisions.GetValueOrDefault(name));
            revisions[name] = revision;
        }

        Assert.InRange(catalog.Count, 2, 13);
        Assert.Null(catalog.Find("s20"));
    }
}
