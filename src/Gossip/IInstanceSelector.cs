namespace Gossip;

/// <summary>
/// Chooses one of several instances for a call. One selector serves one <see cref="IServiceView"/>, from many threads at a time, and may
/// keep state of its own between calls.
/// </summary>
public interface IInstanceSelector
{
    /// <summary>Chooses an instance. Called for every call by name, so it must not block, and should not allocate.</summary>
    /// <param name="candidates">The instances to choose from, at least one, in a stable order; the list does not change.</param>
    /// <param name="call">What is known of the call.</param>
    /// <returns>One of the candidates, or null to choose none.</returns>
    ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call);
}
