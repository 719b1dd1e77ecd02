using Gossip.Statistics;

namespace Gossip;

/// <summary>
/// A call under way, from <see cref="ServiceInstance.Begin"/>. It counts as one of the instance's <see cref="ServiceInstance.InFlight"/>
/// until it is completed or disposed, whichever comes first; later calls have no effect. Thread-safe.
/// <para>
/// A call without any reference to it can neither be completed nor disposed: the garbage collector finds it, and it counts as abandoned. A
/// referenced call counts as in flight, however long: only its caller knows that it has ended.
/// </para>
/// </summary>
public sealed class InstanceCall : IDisposable
{
    private readonly long _start;
    private InstanceStatistics? _statistics;

    internal InstanceCall(InstanceStatistics statistics)
    {
        _start = statistics.Start();
        _statistics = statistics;
    }

    /// <summary>Ends a call that was not completed and is not referenced any more.</summary>
    ~InstanceCall() => End(CallOutcome.Abandoned);

    /// <summary>
    /// Tells the balancer how the call ended. Its duration is measured from <see cref="ServiceInstance.Begin"/>. Only the first outcome
    /// counts.
    /// </summary>
    public void Complete(CallOutcome outcome)
    {
        End(outcome);
        Dispose();
    }

    /// <summary>A call that was not completed counts as <see cref="CallOutcome.Abandoned"/>.</summary>
    public void Dispose()
    {
        End(CallOutcome.Abandoned);
        GC.SuppressFinalize(this);
    }

    private void End(CallOutcome outcome) => Interlocked.Exchange(ref _statistics, null)?.End(_start, outcome);
}
