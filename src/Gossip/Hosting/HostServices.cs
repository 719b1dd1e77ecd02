using Gossip.Loop;

namespace Gossip.Hosting;

/// <summary>What a node needs from the rest of the process.</summary>
/// <param name="Seeds">Sources of addresses besides the node's own.</param>
/// <param name="Listening">What the server listens at; empty where no server is registered.</param>
/// <param name="FirstStates">In which state the process's own instance begins.</param>
/// <param name="Requests">What the server works on.</param>
/// <param name="Meter">Measures the node.</param>
/// <param name="Stopping">Cancelled when the host is asked to stop, even before it has started.</param>
internal sealed record HostServices(
    IEnumerable<ISeedSource> Seeds,
    IEnumerable<ListeningAddresses> Listening,
    IEnumerable<FirstState> FirstStates,
    OpenRequests Requests,
    NodeMeter Meter,
    CancellationToken Stopping);

/// <summary>Whether the process's own instance is ready as soon as its server listens. Registered by the package that knows it.</summary>
/// <param name="WaitsFor">Reads what it still waits for, as text for people; null when it is ready.</param>
internal sealed record FirstState(Func<string?> WaitsFor);
