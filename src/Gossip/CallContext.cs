namespace Gossip;

/// <summary>What is known of a call that needs an instance. The default is empty.</summary>
public readonly record struct CallContext
{
    /// <summary>Calls with the same key, such as a customer's number, go to the same instance if the selector supports it.</summary>
    public string? Key { get; init; }

    /// <summary>The zone from which the call is made; null for the zone of this node.</summary>
    public string? Zone { get; init; }

    /// <summary>The request, such as an <see cref="HttpRequestMessage"/>, for selectors of the application's own.</summary>
    public object? Request { get; init; }

    /// <summary>Instances that this call has tried in vain: they are not chosen again while there are others.</summary>
    public IReadOnlyList<ServiceInstance>? Tried { get; init; }
}
