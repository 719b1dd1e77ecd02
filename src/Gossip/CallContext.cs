namespace Gossip;

/// <summary>What is known of a call that wants an instance. The default knows nothing.</summary>
public readonly record struct CallContext
{
    /// <summary>Calls with the same key go to the same instance, where the selector can do so; such as a customer's number.</summary>
    public string? Key { get; init; }

    /// <summary>The zone from which the call is made; null for the zone of this node.</summary>
    public string? Zone { get; init; }

    /// <summary>The request, such as an <see cref="HttpRequestMessage"/>, for selectors of the application's own.</summary>
    public object? Request { get; init; }

    /// <summary>Instances that this call has tried in vain: they are not chosen again while there is another.</summary>
    public IReadOnlyList<ServiceInstance>? Tried { get; init; }
}
