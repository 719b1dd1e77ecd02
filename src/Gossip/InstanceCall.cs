using Gossip.Statistics;

namespace Gossip;

/// <summary>
/// A call under way, from <see cref="ServiceInstance.Begin"/>. It counts as one of the instance's <see cref="ServiceInstance.InFlight"/>
/// until it is completed or disposed, once, whichever comes first; whatever is said afterwards says nothing. For any thread.
/// <para>A call that nobody holds any more can neither be completed nor disposed: the garbage collector finds it, and it counts as
/// abandoned. One that is held counts, however long: only its caller knows that it has ended.</para>
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

    /// <summary>Finds the call that nobody holds any more.</summary>
    ~InstanceCall() => End(CallOutcome.Abandoned);

    /// <summary>
    /// Tells the balancer how the call ended. How long it took is measured from <see cref="ServiceInstance.Begin"/>. Only the first word
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
