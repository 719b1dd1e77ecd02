namespace Gossip.Tests.Peer;

/// <summary>
/// An application that blocks every thread of its pool, and has told the pool not to grow. Prints "starving" when no thread is left. Until
/// the next line of input nothing that is queued runs; "starved: n" tells how many of the work items queued meanwhile did, all the same.
/// </summary>
internal static class Starvation
{
    private const int Queued = 8;

    public static void UntilNextLine()
    {
        ThreadPool.GetMinThreads(out var fewest, out var ports);
        ThreadPool.GetMaxThreads(out var most, out _);
        var threads = Math.Max(ThreadPool.ThreadCount, Environment.ProcessorCount);
        // The most first, or not at all: it may not be less than the fewest.
        ThreadPool.SetMinThreads(Math.Min(fewest, threads), ports);
        ThreadPool.SetMaxThreads(threads, ports);
        ThreadPool.SetMinThreads(threads, ports);

        // The caller is blocked by its input: that is one of them, if it is the pool's.
        using var gate = new ManualResetEventSlim();
        using var blocked = new CountdownEvent(threads - (Thread.CurrentThread.IsThreadPoolThread ? 1 : 0));
        using var over = new CountdownEvent(blocked.InitialCount + Queued);
        for (var i = 0; i < blocked.InitialCount; i++)
            Queue(() =>
            {
                blocked.Signal();
                gate.Wait();
            });
        blocked.Wait();
        var ran = 0;
        for (var i = 0; i < Queued; i++)
            Queue(() => Interlocked.Increment(ref ran));

        Console.WriteLine("starving");
        Console.In.ReadLine();
        Console.WriteLine($"starved: {Volatile.Read(ref ran)}");
        gate.Set();
        ThreadPool.SetMaxThreads(most, ports);
        ThreadPool.SetMinThreads(fewest, ports);
        over.Wait();

        void Queue(Action work) => ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                work();
                over.Signal();
            },
            null);
    }
}
