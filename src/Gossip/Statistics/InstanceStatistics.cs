namespace Gossip.Statistics;

/// <summary>
/// This process's experience with one instance: written by its callers, read by selectors. It outlives changes of the record.
/// </summary>
internal sealed class InstanceStatistics(
    BalancingClock balancing, LoadCell? told = null, long growsUntil = 0, ServiceCalls? calls = null)
{
    /// <summary>The share of its weight with which an instance begins.</summary>
    private const float FirstShare = 0.1f;

    /// <summary>
    /// How many first answers only say how fast the instance can be: these have to open connections, and to compile the instance's code. If
    /// they counted fully, a new instance would be avoided for as long as <see cref="PeakEwma"/> remembers.
    /// </summary>
    private const int WarmUp = 3;

    private int _inFlight;
    private int _failures;
    private int _answers;
    private long _quietSince;
    private long _growsUntil = growsUntil;
    private PeakEwma _latency;
    private RecentFailures _recent;
    private Ejection? _ejection;

    /// <summary>Made by the first call that ends: much of what is found is never called.</summary>
    private LatencyTally? _tally;

    /// <summary>Measures the calls of its service; null when nobody does.</summary>
    public ServiceCalls? Calls => calls;

    /// <summary>Calls of this process that the instance has not answered yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The milliseconds that answers take; 0 when nothing is known.</summary>
    public float Latency => _latency.Read(balancing.Recently);

    /// <summary>
    /// The share of recent calls that failed, from 0 to below 1. Also 0 when a probe is due, since the instance would not be chosen
    /// otherwise.
    /// </summary>
    public float Failing
    {
        get
        {
            var now = balancing.Recently;
            var share = _recent.Read(now);
            return share == 0 || Ejection?.Until <= now ? 0 : share;
        }
    }

    /// <summary>Null when calls pass freely.</summary>
    public Ejection? Ejection => Volatile.Read(ref _ejection);

    /// <summary>Whether only its weight, latency and calls in flight count: it has grown, and reports no load.</summary>
    public bool IsPlain => !IsGrowing && (told is null || told.IsSilent);

    /// <summary>Whether it has not yet grown to its whole weight.</summary>
    public bool IsGrowing => Volatile.Read(ref _growsUntil) != 0;

    /// <summary>
    /// The expected milliseconds of a call; 0 when nothing is known. Calls in flight show slowness before they are answered: when there are
    /// some and none was answered for a while, the oldest waits at least as long.
    /// </summary>
    public float Expected(int inFlight)
    {
        var isNew = Volatile.Read(ref _answers) < WarmUp;
        if (inFlight == 0 && isNew)
            return 0;
        var now = balancing.Recently;
        var latency = isNew ? 0 : _latency.Read(now);
        return inFlight == 0 ? latency : MathF.Max(latency, now - Volatile.Read(ref _quietSince));
    }

    /// <summary>The calls that ended recently, and how many of them failed.</summary>
    public (long Calls, long Failures) Recent(long now) => _recent.Count(now);

    /// <summary>The calls that ended in the last minute, and how long they took.</summary>
    public LatencySample LastMinute() => Volatile.Read(ref _tally)?.Read(balancing.Now) ?? LatencySample.None;

    /// <summary>Whether a call is under way, or ended in the last minute.</summary>
    public bool IsRecent => InFlight > 0 || Volatile.Read(ref _tally)?.IsRecent(balancing.Now) == true;

    /// <summary>How busy the instance's node says it is: 1 for idle or unknown, more for busy.</summary>
    /// <param name="weight">The instance's weight: a larger weight brings more calls.</param>
    public float Busy(int weight) =>
        told is not null && told.TryRead(balancing.NodeTime, out var load, out var trust) ? LoadFactor.Of(load, weight, (float)trust) : 1;

    /// <summary>How much of its weight counts, from a tenth to 1.</summary>
    public float Grown()
    {
        var until = Volatile.Read(ref _growsUntil);
        if (until == 0)
            return 1;
        var left = until - balancing.Now;
        if (left <= 0)
        {
            Volatile.Write(ref _growsUntil, 0);
            return 1;
        }

        return 1 - ((1 - FirstShare) * left / balancing.SlowStart);
    }

    /// <summary>The instance wants traffic for the first time: its share grows gradually.</summary>
    public void Grow()
    {
        if (balancing.GrowsUntil() is > 0 and var until)
            Volatile.Write(ref _growsUntil, until);
    }

    /// <summary>A call begins. Returns the moment, for <see cref="End"/>.</summary>
    public long Start()
    {
        var start = balancing.Mark();
        if (Interlocked.Increment(ref _inFlight) == 1)
            Volatile.Write(ref _quietSince, balancing.ToMilliseconds(start));
        return start;
    }

    /// <summary>A call has ended.</summary>
    public void End(long start, CallOutcome outcome)
    {
        var end = Leave();
        Learn(start, end, end, outcome);
    }

    /// <summary>
    /// A call is no longer under way; <see cref="Judge"/> notes how it ended, as soon as that is known. Returns the moment.
    /// </summary>
    public long Leave()
    {
        var end = balancing.Mark();
        Volatile.Write(ref _quietSince, balancing.ToMilliseconds(end));
        Interlocked.Decrement(ref _inFlight);
        return end;
    }

    /// <summary>Learns from a call how it ended.</summary>
    /// <param name="start">When it began.</param>
    /// <param name="end">When it was no longer under way.</param>
    /// <param name="outcome">How it ended.</param>
    public void Judge(long start, long end, CallOutcome outcome) => Learn(start, end, balancing.Mark(), outcome);

    /// <summary>The instance fails more often than its siblings.</summary>
    public void EjectOutlier(long mark) => Eject(null, mark, 1, EjectionCause.Outlier, answers: true);

    /// <summary>Lets one call pass as the probe of an ejection that is over.</summary>
    public bool TryProbe(Ejection ejection) =>
        Replace(ejection, ejection with { Until = balancing.Now + balancing.EjectionTime(ejection.Strikes), IsProbed = true });

    private LatencyTally Tally =>
        Volatile.Read(ref _tally) ?? Interlocked.CompareExchange(ref _tally, new LatencyTally(), null) ?? _tally;

    private void Learn(long start, long end, long mark, CallOutcome outcome)
    {
        var now = balancing.ToMilliseconds(mark);
        var took = balancing.Between(start, end);
        calls?.End(took, outcome);
        balancing.Ended.Add(outcome is CallOutcome.Failed or CallOutcome.Unreachable or CallOutcome.Erred);
        switch (outcome)
        {
            case CallOutcome.Answered:
                _recent.Add(failed: false, now);
                Tally.Answer(took, now);
                if (Volatile.Read(ref _answers) >= WarmUp)
                    _latency.Observe(took, now);
                else
                    _latency.Lower(took, now, Interlocked.Increment(ref _answers) == 1);
                Answer(start);
                break;
            case CallOutcome.Failed:
            case CallOutcome.Erred:
                Fail(took, now);
                if (Ejection is not null
                    || (outcome == CallOutcome.Failed && Interlocked.Increment(ref _failures) >= balancing.Rules.ConsecutiveFailures))
                    Eject(start, mark, EjectionCause.InARow, answers: outcome == CallOutcome.Erred);
                else if (RecentFailures.AreMany(_recent.Count(now)))
                    balancing.Suspect(now);
                break;
            case CallOutcome.Unreachable:
                Fail(took, now);
                Eject(start, mark, EjectionCause.Unreachable, answers: false);
                break;
            default:
                if (Ejection is { IsProbed: true } probed && start > probed.Since)
                    Replace(probed, probed with { Until = now, IsProbed = false });
                break;
        }
    }

    private void Answer(long start)
    {
        if (Volatile.Read(ref _failures) != 0)
            Volatile.Write(ref _failures, 0);
        if (Ejection is { } ejection && start > ejection.Since && Replace(ejection, null))
            _recent.Clear();
    }

    /// <summary>
    /// An instance that fails at once is not quick: the time of a failure is no sample of the latency, unless it shows that the instance is
    /// slower than expected. The cost of failures counts where instances are compared (<see cref="Failing"/>).
    /// </summary>
    private void Fail(float took, long now)
    {
        _recent.Add(failed: true, now);
        Tally.Fail(now);
        _latency.Raise(took, now);
    }

    /// <summary>Of calls that fail together only the first counts, since the others began before it failed.</summary>
    private void Eject(long start, long mark, EjectionCause cause, bool answers)
    {
        var old = Ejection;
        if (old is not null && start <= old.Since)
            return;
        Volatile.Write(ref _failures, 0);
        if (old is not null)
            cause = old.IsProbed ? EjectionCause.Probe : EjectionCause.Again;
        Eject(old, mark, (old?.Strikes ?? 0) + 1, cause, answers);
    }

    private void Eject(Ejection? old, long mark, int strikes, EjectionCause cause, bool answers)
    {
        var until = balancing.ToMilliseconds(mark) + balancing.EjectionTime(strikes, answers);
        if (Replace(old, new Ejection(mark, until, strikes, cause, IsProbed: false) { Recent = Recent(balancing.ToMilliseconds(mark)) }))
            calls?.Eject();
    }

    private bool Replace(Ejection? old, Ejection? next)
    {
        if (!ReferenceEquals(Interlocked.CompareExchange(ref _ejection, next, old), old))
            return false;
        balancing.Turn();
        return true;
    }
}
