using System.Net;
using Microsoft.Extensions.Primitives;

namespace Gossip.Cli.Tests.Protocols;

/// <summary>A cluster of which the test says what its members have, the test's own member among them.</summary>
internal sealed class FakeCluster : IServiceDiscovery
{
    private readonly MemberSnapshot[] _members;
    private CancellationTokenSource _changed = new();

    /// <param name="nodes">The names of the others.</param>
    public FakeCluster(params IEnumerable<string> nodes)
    {
        _members =
        [
            .. nodes.Select(name => MemberSnapshot.Create(name, new(IPAddress.Parse("10.0.0.1"), 7946))),
            MemberSnapshot.Create("self", new(IPAddress.Loopback, 7946), isSelf: true),
        ];
        Current = ServiceSnapshot.Create([], _members);
    }

    public ServiceSnapshot Current { get; private set; }

    public void Publish(IEnumerable<ServiceInstance> instances)
    {
        Current = ServiceSnapshot.Create(instances, _members, Current.Revision + 1);
        var before = Interlocked.Exchange(ref _changed, new());
        before.Cancel();
    }

    public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref _changed).Token);

    public IReadOnlyList<ServiceInstance> GetInstances(string service) => throw new NotSupportedException();

    public ServiceInstance Pick(string service, CallContext call = default) => throw new NotSupportedException();

    public ServiceInstance? TryPick(string service, CallContext call = default) => throw new NotSupportedException();

    public IServiceView Open(ServiceQuery query, IInstanceSelector? selector = null) => throw new NotSupportedException();

    public IAsyncEnumerable<ServiceSnapshot> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IAsyncEnumerable<ServiceSnapshot> WatchAsync(string prefix, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(string service, int atLeast = 1, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(string service, int atLeast, TimeSpan timeout, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
