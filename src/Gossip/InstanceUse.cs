using Gossip.Balancing;

namespace Gossip;

/// <summary>How a call of an instance ended, as far as it says something about the instance.</summary>
public enum CallOutcome
{
    /// <summary>It was answered.</summary>
    Answered = 0,

    /// <summary>The instance failed: it broke off, took too long, or said that it cannot serve.</summary>
    Failed = 1,

    /// <summary>No connection could be made.</summary>
    Unreachable = 2,

    /// <summary>The caller gave up for reasons of its own: that says nothing.</summary>
    Abandoned = 3,
}

/// <summary>A call under way, from <see cref="ServiceInstance.Begin"/>. Complete it once, whatever happens.</summary>
public readonly struct InstanceUse : IEquatable<InstanceUse>
{
    private readonly InstanceTraffic? _traffic;
    private readonly long _start;

    internal InstanceUse(InstanceTraffic traffic, long start)
    {
        _traffic = traffic;
        _start = start;
    }

    /// <summary>Tells the balancer how the call ended. How long it took is measured from <see cref="ServiceInstance.Begin"/>.</summary>
    public void Complete(CallOutcome outcome) => _traffic?.End(_start, outcome);

    /// <inheritdoc/>
    public bool Equals(InstanceUse other) => ReferenceEquals(_traffic, other._traffic) && _start == other._start;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is InstanceUse other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _start.GetHashCode();

    /// <summary>Whether both are the same call.</summary>
    public static bool operator ==(InstanceUse left, InstanceUse right) => left.Equals(right);

    /// <summary>Whether they are two calls.</summary>
    public static bool operator !=(InstanceUse left, InstanceUse right) => !left.Equals(right);
}
