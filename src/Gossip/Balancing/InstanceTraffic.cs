namespace Gossip.Balancing;

/// <summary>What this process has to do with one instance: written by its callers, read by whoever chooses. It outlives changes of the record.</summary>
internal sealed class InstanceTraffic
{
    private int _inFlight;

    /// <summary>Calls of this process that the instance has not answered yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public InstanceUse Begin(TimeProvider time)
    {
        Interlocked.Increment(ref _inFlight);
        return new InstanceUse(this, time, time.GetTimestamp());
    }

    /// <summary>A call has ended.</summary>
    public void End(TimeSpan took, CallOutcome outcome)
    {
        _ = (took, outcome);
        Interlocked.Decrement(ref _inFlight);
    }
}
