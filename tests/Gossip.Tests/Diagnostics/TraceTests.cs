using System.Collections.Concurrent;
using System.Diagnostics;
using Gossip.Tests.Http;

namespace Gossip.Tests.Diagnostics;

/// <summary>What whoever collects the source of activities gets to see, of one trace among those of all tests.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly Activity _caller = new("caller");
    private readonly ActivityListener _listener;

    public TraceTests()
    {
        _caller.Start();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Gossip" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> made) =>
                made.Parent.TraceId == _caller.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
    }

    public void Dispose()
    {
        _listener.Dispose();
        _caller.Dispose();
    }

    [Fact]
    public async Task A_call_by_name_shows_its_service_and_its_instance()
    {
        await using var server = new RawServer();
        using var client = new NamedClient($"payments:http:0=http://127.0.0.1:{server.Port}", primary: new SocketsHttpHandler());
        ActivitySource.AddActivityListener(_listener);

        using (await client.Http.GetAsync("http://payments/pay"))
        {
        }

        var pick = Assert.Single(_caller.Events);
        Assert.Equal("gossip.pick", pick.Name);
        var tags = pick.Tags.ToDictionary();
        Assert.Equal(
            ("payments", "0", 1, 1),
            (tags["peer.service"], tags["gossip.instance.id"], tags["gossip.call.candidates"], tags["gossip.call.attempt"]));
        Assert.Equal(("127.0.0.1", server.Port), (tags["server.address"], tags["server.port"]));
        var call = Assert.Single(_ended);
        Assert.Equal(
            ("payments", "127.0.0.1", server.Port, "0"),
            (call.GetTagItem("peer.service"), call.GetTagItem("server.address"), call.GetTagItem("server.port"), call.GetTagItem("gossip.instance.id")));
    }

    [Fact]
    public async Task A_try_at_another_instance_is_a_second_event()
    {
        await using var server = new RawServer();
        using var client = new NamedClient(
            $"payments:http:0=http://127.0.0.1:{TestPorts.Free()} payments:http:1=http://127.0.0.1:{server.Port}",
            primary: new SocketsHttpHandler());
        ActivitySource.AddActivityListener(_listener);

        using (await client.Http.GetAsync("http://payments/pay"))
        {
        }

        Assert.Equal([("0", 1), ("1", 2)], _caller.Events.Select(one => one.Tags.ToDictionary())
            .Select(tags => ((string)tags["gossip.instance.id"]!, (int)tags["gossip.call.attempt"]!)));
    }

    [Fact]
    public async Task A_caller_that_nobody_traces_is_told_nothing()
    {
        using var client = new NamedClient("payments:http:0=http://10.0.0.1:1");
        await client.AnswerAsync(200);
        Assert.Empty(_caller.Events);
    }

    [Fact]
    public async Task The_life_of_a_node_is_told_in_spans()
    {
        ActivitySource.AddActivityListener(_listener);
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("one", "two");
        await using var registered = await hosts[1].Registrar.RegisterAsync(TestCluster.Payments());
        // Of two that meet, each has the other's state, sooner or later.
        await Eventually.HoldsAsync(() => Named("gossip.first_sync").Length == 2, "both have the state of the cluster");
        await hosts[1].StopAsync();

        Assert.Equal(2, Named("gossip.join").Length);
        Assert.All(Named("gossip.first_sync"), span => Assert.Equal(2, span.GetTagItem("gossip.members")));
        Assert.All(Named("gossip.first_sync"), span => Assert.True(span.Duration > TimeSpan.Zero, $"{span.Duration}"));
        var drain = Assert.Single(Named("gossip.drain"));
        Assert.Equal((1, 1), (drain.GetTagItem("gossip.proof.acknowledged"), drain.GetTagItem("gossip.proof.total")));
    }

    private Activity[] Named(string name) => [.. _ended.Where(span => span.OperationName == name)];
}
