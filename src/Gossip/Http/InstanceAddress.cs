using System.Diagnostics;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Http;

/// <summary>An address of a request that its owner's node tells of.</summary>
internal class OwnedAddress : Uri
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public OwnedAddress(string text, PeerAddress owner)
        : base(text, in AsItIs) => Owner = owner;

    /// <summary>Where that node answers.</summary>
    public PeerAddress Owner { get; }
}

/// <summary>
/// The address of a request at an instance. A request carries it, or its twin <see cref="_written"/>, and so tells how far it has come:
/// sockets that <see cref="Primary"/> watches exchange the one for the other when they write the request, and any other address means that
/// the request was led elsewhere. So a request needs no further object that keeps this, and callers that ask for the same path share an
/// address.
/// </summary>
internal sealed class InstanceAddress : OwnedAddress
{
    private readonly ServiceInstance? _instance;
    private Uri? _written;

    /// <param name="text">The address. Its path was made canonical when the caller wrote it, or was kept as it is on purpose: it is not
    /// touched again.</param>
    /// <param name="owner">Where the instance's node answers; none for an instance that no node tells of.</param>
    /// <param name="instance">The instance; null where it does not matter which.</param>
    public InstanceAddress(string text, PeerAddress owner = default, ServiceInstance? instance = null)
        : base(text, owner) => _instance = instance;

    /// <summary>An address at an instance.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="text">The address, with a path that stays as it is.</param>
    public static InstanceAddress At(ServiceInstance instance, string text) =>
        new(text, instance.Record is null ? default : instance.Owner!.Address, instance);

    /// <summary>
    /// Notes that a request is being written. A request that goes to no instance is left alone. The span of the request, which the sockets
    /// have begun by then, has the instance's port and, from the Host header, the service's name for an address: it gets both, and the
    /// instance's id.
    /// </summary>
    public static void Write(HttpRequestMessage request)
    {
        if (request.RequestUri is not InstanceAddress address)
            return;
        request.RequestUri = address._written ?? address.MakeWritten();
        if (GossipActivity.OfCaller is { Kind: ActivityKind.Client } span && address._instance is { } instance)
            span.SetTag(ServiceCalls.ServiceTag, instance.Service).SetTag("server.address", address.IdnHost)
                .SetTag("gossip.instance.id", instance.InstanceId);
    }

    /// <summary>Whether any request that was sent to this address has been written.</summary>
    public bool WasWritten => Volatile.Read(ref _written) is not null;

    /// <summary>Whether a request that was sent to this address has been written.</summary>
    public bool IsWritten(HttpRequestMessage request) => request.RequestUri is { } at && ReferenceEquals(at, Volatile.Read(ref _written));

    /// <summary>Whether a request that was sent to this address was led elsewhere meanwhile, as by a redirect.</summary>
    public bool IsLeft(HttpRequestMessage request) => !ReferenceEquals(request.RequestUri, this) && !IsWritten(request);

    /// <summary>The same object for all requests of this address.</summary>
    private Uri MakeWritten()
    {
        var written = new OwnedAddress(OriginalString, Owner);
        return Interlocked.CompareExchange(ref _written, written, null) ?? written;
    }
}
