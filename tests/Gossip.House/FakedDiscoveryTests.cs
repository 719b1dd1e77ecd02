using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Primitives;

namespace Gossip.House;

/// <summary>
/// Code that asks <see cref="IServiceDiscovery"/> is tested without a node, by a fake of the public face alone. This stands here because no
/// package shows its internals to this project.
/// </summary>
public sealed class FakedDiscoveryTests : IDisposable
{
    private readonly ServiceInstance _first = Instance("first", 5001);
    private readonly ServiceInstance _second = Instance("second", 5002);
    private readonly Server _server = new();
    private readonly HttpClient _client;

    public FakedDiscoveryTests() =>
        _client = new HttpClient(new GossipHttpHandler(new Fake(ServiceSnapshot.Create([_second, _first]))) { InnerHandler = _server });

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_client_calls_the_instances_of_a_faked_service_by_its_name()
    {
        for (var i = 0; i < 4; i++)
            Assert.Equal("paid", await _client.GetStringAsync(new Uri("http://payments/pay")));
        Assert.Equal([2, 2], new[] { 5001, 5002 }.Select(port => _server.Called.Count($"http://10.0.0.1:{port}/pay".Equals)));
    }

    [Fact]
    public async Task A_faked_instance_that_cannot_be_reached_is_ejected_and_another_one_is_called()
    {
        _server.Unreachable = 5001;
        for (var i = 0; i < 2; i++)
            Assert.Equal("paid", await _client.GetStringAsync(new Uri("http://payments/pay")));
        Assert.Contains("http://10.0.0.1:5001/pay", _server.Called);
        Assert.Equal((true, false), (_first.IsEjected, _second.IsEjected));
    }

    [Fact]
    public async Task A_faked_service_without_instances_says_so()
    {
        var error = await Assert.ThrowsAsync<NoInstancesException>(() => _client.GetStringAsync(new Uri("http://orders/")));
        Assert.Equal("orders", error.Service);
        Assert.StartsWith(NoInstancesException.Code, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_of_a_made_instance_are_counted_and_timed()
    {
        using (var call = _first.Begin())
        {
            Assert.Equal(1, _first.InFlight);
            call.Complete(CallOutcome.Answered);
        }

        Assert.Equal(0, _first.InFlight);
        Assert.NotNull(_first.Latency);
    }

    [Fact]
    public void Every_selector_chooses_among_made_instances()
    {
        IInstanceSelector[] selectors =
        [
            InstanceSelectors.PowerOfTwoChoices(), InstanceSelectors.RoundRobin(), InstanceSelectors.Random(), InstanceSelectors.LeastLoaded(),
            InstanceSelectors.ConsistentHash(), InstanceSelectors.ZoneFirst("a"), InstanceSelectors.Subset("caller", 1),
        ];
        Assert.All(selectors, selector => Assert.Contains(selector.Select([_first, _second], default), new[] { _first, _second }));
    }

    [Fact]
    public void A_made_snapshot_shows_what_it_was_made_of()
    {
        var draining = ServiceInstance.Create(new ServiceRecord { InstanceId = "x", Service = "stock", State = ServiceState.Draining }, "other");
        var address = IPEndPoint.Parse("10.0.0.2:7390");
        var member = MemberSnapshot.Create("other", address, MemberState.Suspect, zone: "b");
        var snapshot = ServiceSnapshot.Create([_second, draining, _first], [member], revision: 7);

        Assert.Equal((7, "payments stock"), (snapshot.Revision, string.Join(' ', snapshot.Services)));
        Assert.Equal(["first", "second"], snapshot.GetInstances("PAYMENTS").Select(one => one.InstanceId).Order());
        Assert.Empty(snapshot.GetInstances("stock"));
        Assert.Same(draining, Assert.Single(snapshot.GetAllInstances("stock")));
        Assert.Same(member, Assert.Single(snapshot.Members));
        Assert.Equal(("other", address, MemberState.Suspect, "b"), (member.Name, member.Address, member.State, member.Zone));
        Assert.Equal((member.Id, "other"), (draining.NodeId, draining.NodeName));
    }

    [Fact]
    public void A_snapshot_is_not_made_of_two_instances_or_members_that_are_one()
    {
        var twice = Assert.Throws<ArgumentException>(() => ServiceSnapshot.Create([_first, Instance("first", 1)]));
        Assert.Contains("'payments'", twice.Message, StringComparison.Ordinal);
        var member = MemberSnapshot.Create("n", new IPEndPoint(IPAddress.Loopback, 1));
        Assert.Throws<ArgumentException>(() => ServiceSnapshot.Create([], [member, member]));
        Assert.Throws<ArgumentException>(() => ServiceSnapshot.Create([null!]));
        Assert.Throws<ArgumentException>(() => ServiceSnapshot.Create([], [null!]));
        Assert.Throws<ArgumentOutOfRangeException>(() => MemberSnapshot.Create("n", member.Address, (MemberState)99));
        Assert.Throws<ArgumentException>(() => ServiceInstance.Create(new ServiceRecord { InstanceId = "", Service = "payments" }, "n"));
    }

    private static ServiceInstance Instance(string id, int port) => ServiceInstance.Create(
        new ServiceRecord { InstanceId = id, Service = "payments", Endpoints = [new ServiceEndpoint("http", "http", "10.0.0.1", port)] }, "node");

    /// <summary>Answers in the place of all instances.</summary>
    private sealed class Server : HttpMessageHandler
    {
        public List<string> Called { get; } = [];

        public int Unreachable { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Called.Add($"{request.RequestUri}");
            return request.RequestUri!.Port == Unreachable
                ? throw new HttpRequestException(HttpRequestError.ConnectionError)
                : Task.FromResult(new HttpResponseMessage { Content = new StringContent("paid") });
        }
    }

    private sealed class Fake(ServiceSnapshot snapshot) : IServiceDiscovery
    {
        public ServiceSnapshot Current => snapshot;

        public IReadOnlyList<ServiceInstance> GetInstances(string service) => snapshot.GetInstances(service);

        public ServiceInstance Pick(string service, CallContext call = default) => Open(new ServiceQuery(service)).Pick(call);

        public ServiceInstance? TryPick(string service, CallContext call = default) => Open(new ServiceQuery(service)).TryPick(call);

        public IServiceView Open(ServiceQuery query, IInstanceSelector? selector = null) =>
            new View(query, [.. snapshot.GetInstances(query.Service).Where(query.Matches)], selector ?? InstanceSelectors.RoundRobin());

        public async IAsyncEnumerable<ServiceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return snapshot;
        }

        public IAsyncEnumerable<ServiceSnapshot> WatchAsync(string prefix, CancellationToken cancellationToken = default) =>
            WatchAsync(cancellationToken);

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);

        public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
            string service, int atLeast = 1, CancellationToken cancellationToken = default) => new(GetInstances(service));

        public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
            string service, int atLeast, TimeSpan timeout, CancellationToken cancellationToken = default) => new(GetInstances(service));
    }

    private sealed class View(ServiceQuery query, ServiceInstance[] instances, IInstanceSelector selector) : IServiceView
    {
        public ServiceQuery Query => query;

        public IReadOnlyList<ServiceInstance> Instances => instances;

        public ServiceInstance Pick(CallContext call = default) => TryPick(call) ?? throw new NoInstancesException("none") { Service = query.Service };

        public ServiceInstance? TryPick(CallContext call = default)
        {
            ServiceInstance[] left = [.. instances.Where(one => call.Tried?.Contains(one) != true)];
            return left.Length == 0 ? null : selector.Select(left, call);
        }

        public async IAsyncEnumerable<IReadOnlyList<ServiceInstance>> WatchAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return instances;
        }

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);

        public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
            int atLeast = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => new(Instances);
    }
}
