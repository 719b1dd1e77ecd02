using System.Runtime.CompilerServices;

namespace Gossip.Tests.Balancing;

/// <summary>A call counts as under way once, and ends once, whatever its caller does.</summary>
public sealed class InstanceCallTests
{
    private readonly Fleet _fleet = new(1);

    private ServiceInstance Instance => _fleet.All[0];

    [Fact]
    public void Only_the_first_word_counts()
    {
        using var call = Instance.Begin();
        Assert.Equal(1, Instance.InFlight);
        call.Complete(CallOutcome.Answered);
        call.Complete(CallOutcome.Unreachable);
        Assert.Equal((0, false), (Instance.InFlight, Instance.IsEjected));
    }

    [Fact]
    public void Disposed_of_without_a_word_it_was_abandoned()
    {
        using (Instance.Begin())
            Assert.Equal(1, Instance.InFlight);
        Assert.Equal(0, Instance.InFlight);
        Assert.Null(Instance.Latency);
    }

    [Fact]
    public async Task Completed_from_many_threads_it_ends_once()
    {
        // Two threads for all the calls: to wait for each other in the pool takes it half a second at times.
        var calls = Enumerable.Range(0, Nightly.Times(200, 500)).Select(_ => Instance.Begin()).ToArray();
        using var start = new Barrier(2, all => Assert.Equal(calls.Length - all.CurrentPhaseNumber, Instance.InFlight));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                foreach (var call in calls)
                {
                    Assert.True(start.SignalAndWait(Eventually.Deadline));
                    call.Complete(CallOutcome.Answered);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(0, Instance.InFlight);
    }

    [Fact]
    public async Task One_that_nobody_holds_any_more_does_not_count_for_ever()
    {
        Forget(Instance);
        using var held = Instance.Begin();
        await Eventually.HoldsAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return Instance.InFlight == 1;
            },
            "the call that was forgotten is found");
        held.Complete(CallOutcome.Answered);
        Assert.Equal(0, Instance.InFlight);
    }

    [Fact]
    public void A_call_allocates_one_object()
    {
        // The size of an object with one reference and one long.
        const int Object = 32;
        Instance.Begin().Complete(CallOutcome.Answered);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Instance.Begin().Complete(CallOutcome.Answered);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * Object);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(ServiceInstance instance)
    {
        for (var i = 0; i < 10; i++)
            instance.Begin();
    }
}
