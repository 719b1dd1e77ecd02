namespace Gossip.Hosting;

/// <summary>What the process's server listens at, once it does. Registered by the package that knows the server.</summary>
/// <param name="Read">Reads the addresses, each "scheme://host:port"; null where the process has no server at all.</param>
internal sealed record ListeningAddresses(Func<IReadOnlyCollection<string>?> Read);
