namespace Gossip.AspNetCore.Events;

/// <summary>What there is to tell at a moment. It is immutable: a new one takes its place, and its signal tells so.</summary>
internal sealed class EventList
{
    private readonly TaskCompletionSource _outdated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EventList(EventFrame[] frames, long gone, long last)
    {
        Frames = frames;
        Gone = gone;
        Last = last;
    }

    /// <summary>Nothing is known yet.</summary>
    public static EventList Unread => new([], 0, -1);

    /// <summary>The last events, by ascending numbers.</summary>
    public EventFrame[] Frames { get; }

    /// <summary>The number of the newest event that is not among them, although it happened; 0 for none.</summary>
    public long Gone { get; }

    /// <summary>The number of the last event that has happened; -1 while nothing is known.</summary>
    public long Last { get; }

    /// <summary>Tells the newest revision of the cluster; null before the first.</summary>
    public EventFrame? Revision { get; init; }

    /// <summary>How often a sign of life was due.</summary>
    public long Beat { get; init; }

    /// <summary>Completes when this one is outdated. Holds nothing of what follows.</summary>
    public Task Outdated => _outdated.Task;

    /// <summary>Called once, by whoever has put the next one in its place. The readers go on at the thread pool.</summary>
    public void Outdate() => _outdated.TrySetResult();

    /// <summary>The one that follows.</summary>
    /// <param name="news">More events.</param>
    /// <param name="gone">The number of the newest event that was lost on the way here; 0 for none.</param>
    /// <param name="last">The number of the last event.</param>
    /// <param name="most">The bytes that the events may take together; what is older goes.</param>
    public EventList With(IReadOnlyList<EventFrame> news, long gone, long last, int most)
    {
        EventFrame[] all = [.. Frames, .. news];
        var (kept, bytes) = (all.Length, 0);
        while (kept > 0 && bytes + all[kept - 1].Bytes.Length <= most)
            bytes += all[--kept].Bytes.Length;
        gone = Math.Max(Math.Max(Gone, gone), kept > 0 ? all[kept - 1].Sequence : 0);
        return new EventList(all[kept..], gone, last) { Revision = Revision, Beat = Beat };
    }

    /// <summary>The place of the first event after a number.</summary>
    public int After(long sequence)
    {
        var (low, high) = (0, Frames.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Frames[middle].Sequence > sequence)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>The same events with another revision, and another sign of life.</summary>
    public EventList With(EventFrame? revision, long beat) => new(Frames, Gone, Last) { Revision = revision, Beat = beat };
}
