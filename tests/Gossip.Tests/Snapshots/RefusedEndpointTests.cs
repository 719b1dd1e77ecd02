using System.Net;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Tests.Snapshots;

/// <summary>What a node offers of records that name addresses at which its callers would reach something else.</summary>
public sealed class RefusedEndpointTests : IOutbox, IDisposable
{
    private static readonly ServiceEndpoint Good = new("http", "http", "10.0.0.7", 80);
    private static readonly ServiceEndpoint Metadata = new("http", "http", "169.254.169.254", 80);
    private static readonly ServiceEndpoint Local = new("admin", "http", "localhost", 8080);

    private readonly NodeClock _clock = new(TimeProvider.System);
    private Node? _node;

    [Fact]
    public void An_instance_that_names_the_metadata_of_a_cloud_alone_is_offered_to_nobody_and_held_all_the_same()
    {
        var snapshot = Build("10.0.0.7", Metadata);
        Assert.Empty(snapshot.GetInstances("payments"));
        var known = Assert.Single(snapshot.GetAllInstances("payments"));
        Assert.Empty(known.Endpoints);
        Assert.Null(known.Uri);
        Assert.Equal([Metadata], known.RefusedEndpoints);
        Assert.Equal(
            "with an address that is refused (http://169.254.169.254:80, of a node at 10.0.0.7:7390)",
            new ServiceQuery("payments").Rejects(known));
        Assert.Equal([Metadata], Assert.Single(_node!.ServicesOf(_node.Self.Id)).Endpoints);
    }

    [Fact]
    public void Of_several_endpoints_those_that_are_good_are_offered()
    {
        var known = Assert.Single(Build("10.0.0.7", Metadata, Good, Local).GetInstances("payments"));
        Assert.Equal([Good], known.Endpoints);
        Assert.Null(new ServiceQuery("payments") { Endpoint = "http" }.Rejects(known));
        Assert.Equal(
            "without the endpoint 'admin' and with an address that is refused "
                + "(http://169.254.169.254:80, http://localhost:8080, of a node at 10.0.0.7:7390)",
            new ServiceQuery("payments") { Endpoint = "admin" }.Rejects(known));
    }

    [Fact]
    public void On_one_machine_loopback_is_right()
    {
        var known = Assert.Single(Build("127.0.0.1", Local, new("https", "https", "127.0.0.1", 443)).GetInstances("payments"));
        Assert.Equal(["localhost", "127.0.0.1"], known.Endpoints.Select(endpoint => endpoint.Host));
        Assert.Empty(known.RefusedEndpoints);
    }

    [Fact]
    public void A_member_that_moves_away_takes_its_loopback_along()
    {
        var builder = Builder("127.0.0.1", Local);
        Assert.Single(builder.Build().GetInstances("payments"));
        _node!.Readdress(_clock.Now, PeerAddress.From(IPAddress.Parse("10.0.0.7"), 7390), this);
        Assert.Empty(builder.Build().GetInstances("payments"));
    }

    public void Dispose() => _node?.Dispose();

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }

    private ServiceSnapshot Build(string owner, params ServiceEndpoint[] endpoints) => Builder(owner, endpoints).Build();

    private SnapshotBuilder Builder(string owner, params ServiceEndpoint[] endpoints)
    {
        _node = new Node(
            Diagnostics.ExaminationTests.Options(1) with { Name = "n", Address = PeerAddress.From(IPAddress.Parse(owner), 7390) },
            new Randomness(1),
            _clock.Now);
        _node.Register(_clock.Now, new ServiceRecord { InstanceId = "a", Service = "payments", Endpoints = endpoints }, this);
        return new SnapshotBuilder(_node, _clock, new BalancingClock(TimeProvider.System));
    }
}
