namespace Gossip.Statistics;

/// <summary>
/// How many calls of this process have ended, and how many of them failed. Callers on different processors count in different places, so
/// that they do not wait for each other's caches.
/// </summary>
internal sealed class CallTally
{
    private const int Places = 16;

    /// <summary>Numbers of 8 bytes from one place to the next: two lines of a cache, which some processors fetch together.</summary>
    private const int Apart = 16;

    private readonly long[] _counts = new long[Places * Apart];

    /// <summary>A call has ended.</summary>
    public void Add(bool failed)
    {
        var place = (Thread.GetCurrentProcessorId() & (Places - 1)) * Apart;
        Interlocked.Increment(ref _counts[place]);
        if (failed)
            Interlocked.Increment(ref _counts[place + 1]);
    }

    /// <summary>All of them.</summary>
    public (long Calls, long Failures) Read()
    {
        var (calls, failures) = (0L, 0L);
        for (var place = 0; place < _counts.Length; place += Apart)
        {
            calls += Interlocked.Read(ref _counts[place]);
            failures += Interlocked.Read(ref _counts[place + 1]);
        }

        return (calls, failures);
    }
}
