using Gossip.Protocol;

namespace Gossip.Benchmarks.Cluster;

/// <summary>Something that happens to one member and that others should learn. Keeps when each of them did.</summary>
internal sealed class News
{
    private const long NotAsked = -1;
    private const long NotYet = 0;

    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MemberId _subject;
    private readonly Func<ClusterEvent, bool> _tells;
    private readonly long[] _learned;
    private int _missing;

    /// <param name="subject">To whom it happens.</param>
    /// <param name="tells">Whether an event about the subject tells it.</param>
    /// <param name="readers">The indexes of those who should learn it.</param>
    public News(MemberId subject, Func<ClusterEvent, bool> tells, IReadOnlyCollection<int> readers)
    {
        _subject = subject;
        _tells = tells;
        _learned = new long[readers.Max() + 1];
        _missing = readers.Count;
        Array.Fill(_learned, NotAsked);
        foreach (var reader in readers)
            _learned[reader] = NotYet;
    }

    /// <summary>Ends when all have learned it.</summary>
    public Task All => _all.Task;

    /// <summary>The moments at which it was learned, earliest first.</summary>
    public IReadOnlyList<long> Moments => [.. _learned.Where(moment => moment > NotYet).Order()];

    /// <summary>How many have not learned it.</summary>
    public int Missing => Volatile.Read(ref _missing);

    public bool IsToldBy(in ClusterEvent happened) => happened.Member.Id == _subject && _tells(happened);

    /// <summary>Called by the reader's own loop.</summary>
    public void Learn(int reader, long moment)
    {
        if (reader >= _learned.Length || _learned[reader] != NotYet)
            return;
        Volatile.Write(ref _learned[reader], moment);
        if (Interlocked.Decrement(ref _missing) == 0)
            _all.TrySetResult();
    }
}
