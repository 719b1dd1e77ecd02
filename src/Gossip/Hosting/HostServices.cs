namespace Gossip.Hosting;

/// <summary>What the rest of the process has to say to a node.</summary>
/// <param name="Seeds">Sources of addresses besides the node's own.</param>
/// <param name="Listening">What the server listens at; empty where nobody has told of a server.</param>
/// <param name="FirstStates">In which state the process's own instance begins.</param>
/// <param name="Requests">What the server works on.</param>
/// <param name="Stopping">Cancelled when the host is asked to stop, be it before it has started.</param>
internal sealed record HostServices(
    IEnumerable<ISeedSource> Seeds,
    IEnumerable<ListeningAddresses> Listening,
    IEnumerable<FirstState> FirstStates,
    OpenRequests Requests,
    CancellationToken Stopping);

/// <summary>Whether the process's own instance is ready as soon as its server listens. Registered by the package that knows.</summary>
/// <param name="WaitsFor">Reads what it still waits for, for people; null when it is ready.</param>
internal sealed record FirstState(Func<string?> WaitsFor);
