using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// The state that the statistics of all instances share: the clock, the rules, and a number that grows whenever one of them is ejected or
/// comes back, so that a list of eligible instances knows when to be made again.
/// </summary>
internal sealed class BalancingClock
{
    private const int SuspectEvery = 100;

    /// <summary>
    /// The longest ejection in milliseconds of an instance that answers, so that it is back within ten seconds of its recovery.
    /// </summary>
    private const int MostWhereAnswered = 8_000;

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly double _millisecondsPerTick;
    private long _now;
    private long _nodeStart;
    private bool _hasNode;
    private long _suspected = -SuspectEvery;
    private int _epoch;

    public BalancingClock(TimeProvider time, GossipBalancingOptions? rules = null)
    {
        _time = time;
        _start = time.GetTimestamp();
        _millisecondsPerTick = 1_000.0 / time.TimestampFrequency;
        Rules = rules ?? new GossipBalancingOptions();
        SlowStart = (long)Rules.SlowStart.TotalMilliseconds;
    }

    public GossipBalancingOptions Rules { get; }

    /// <summary>Measures the calls of all services; null when nobody does.</summary>
    public CallMeter? Calls { get; init; }

    /// <summary>Counts the calls of all services.</summary>
    public CallTally Ended { get; } = new();

    /// <summary>What was called and is gone.</summary>
    public FormerInstances Former { get; } = new();

    /// <summary>Milliseconds.</summary>
    public long SlowStart { get; }

    /// <summary>
    /// The milliseconds from the start to the last call that began or ended, or the last turn of the node's loop. Reading the real clock
    /// would take as long as the rest of a choice.
    /// </summary>
    public long Recently => Volatile.Read(ref _now);

    /// <summary>The milliseconds since the start.</summary>
    public long Now => ToMilliseconds(Mark());

    /// <summary>The same as <see cref="Recently"/>, on the node's clock.</summary>
    public Instant NodeTime => new(TimeSpan.FromMilliseconds(Recently - Volatile.Read(ref _nodeStart)));

    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>A node starts; its clock shows this time now.</summary>
    public void Follow(Instant now)
    {
        Volatile.Write(ref _nodeStart, Now - (long)now.SinceStart.TotalMilliseconds);
        Volatile.Write(ref _hasNode, true);
    }

    /// <summary>How long ago the node started; null when none has.</summary>
    public TimeSpan? Uptime => Volatile.Read(ref _hasNode) ? TimeSpan.FromMilliseconds(Now - Volatile.Read(ref _nodeStart)) : null;

    /// <summary>Reads the clock.</summary>
    public long Mark()
    {
        var mark = _time.GetTimestamp();
        Note(ToMilliseconds(mark));
        return mark;
    }

    /// <summary>The node's loop has read its own clock, and so need not read this one.</summary>
    public void Mark(Instant nodeTime) => Note(Volatile.Read(ref _nodeStart) + (long)nodeTime.SinceStart.TotalMilliseconds);

    public long ToMilliseconds(long mark) => (long)((mark - _start) * _millisecondsPerTick);

    /// <summary>The milliseconds between two marks.</summary>
    public float Between(long start, long end) => (float)((end - start) * _millisecondsPerTick);

    /// <summary>An instance was ejected or comes back.</summary>
    public void Turn() => Interlocked.Increment(ref _epoch);

    /// <summary>
    /// Until when an instance that wants traffic for the first time grows. 0 while this node is new itself: the instances that it finds
    /// then may have run for long, and count as grown.
    /// </summary>
    public long GrowsUntil() => SlowStart > 0 && Now is var now && now >= SlowStart ? now + SlowStart : 0;

    /// <summary>
    /// An instance may be an outlier: the next choice is to examine its siblings. Not more often than ten times a second, since examining a
    /// thousand takes a while.
    /// </summary>
    public void Suspect(long now)
    {
        var last = Volatile.Read(ref _suspected);
        if (Rules.MaxEjectionRatio > 0 && now - last >= SuspectEvery && Interlocked.CompareExchange(ref _suspected, now, last) == last)
            Turn();
    }

    /// <summary>For how many milliseconds an instance is ejected after so many failed probes.</summary>
    /// <param name="strikes">How many probes failed.</param>
    /// <param name="answers">Whether it answers, even with errors: a failed probe then costs one call, not a timeout.</param>
    public long EjectionTime(int strikes, bool answers = false)
    {
        var doubled = Rules.BaseEjectionTime.TotalMilliseconds * (1L << Math.Min(strikes - 1, 30));
        var most = answers ? Math.Min(MostWhereAnswered, Rules.MaxEjectionTime.TotalMilliseconds) : Rules.MaxEjectionTime.TotalMilliseconds;
        return (long)Math.Min(doubled, Math.Max(Rules.BaseEjectionTime.TotalMilliseconds, most));
    }

    private void Note(long now)
    {
        // Written seldom, since all threads read it.
        if (now > Volatile.Read(ref _now))
            Volatile.Write(ref _now, now);
    }
}
