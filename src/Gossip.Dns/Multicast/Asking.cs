namespace Gossip.Dns.Multicast;

/// <summary>When a question is next asked: at first after a random moment, then after 1 s, 2 s, 4 s … (RFC 6762 §5.2).</summary>
internal sealed class Asking
{
    private TimeSpan _gap;
    private TimeSpan? _asked;

    public TimeSpan At { get; private set; } = Timing.Never;

    /// <summary>How often it was asked since the start, by this machine or another.</summary>
    public int Times { get; private set; }

    public void Start(TimeSpan at)
    {
        At = at;
        Times = 0;
        _gap = Timing.OneSecond;
        _asked = null;
    }

    public void Stop() => At = Timing.Never;

    public void Asked(TimeSpan now, TimeSpan longestGap)
    {
        _asked = now;
        Times++;
        _gap = Timing.Earlier(_gap, longestGap);
        At = now + _gap;
        _gap *= 2;
    }

    /// <summary>
    /// There is something to learn: the question need not wait for its next regular moment, only until a second after the last one.
    /// </summary>
    public void AskSoon(TimeSpan now, TimeSpan at) => At = Timing.Earlier(At, now - _asked < Timing.OneSecond ? at + Timing.OneSecond : at);

    /// <summary>
    /// §7.3: another machine asked the same. The node's own question, received back, must not count twice. The next question comes a random
    /// moment later than the other machine's, or all would ask at once.
    /// </summary>
    public void AskedByAnother(TimeSpan now, TimeSpan longestGap, TimeSpan later)
    {
        if (At == Timing.Never || now - _asked < Timing.OneSecond)
            return;
        Asked(now, longestGap);
        At += later;
    }
}
