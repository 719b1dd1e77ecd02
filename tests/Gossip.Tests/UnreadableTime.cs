namespace Gossip.Tests;

/// <summary>A clock that cannot be read at times.</summary>
internal sealed class UnreadableTime : TimeProvider
{
    public bool IsUnreadable { get; set; }

    public override long GetTimestamp() => IsUnreadable ? throw new InvalidOperationException("The clock stands.") : base.GetTimestamp();
}
