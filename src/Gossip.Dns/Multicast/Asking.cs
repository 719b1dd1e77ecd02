namespace Gossip.Dns.Multicast;

/// <summary>When a question is next asked: at first after a random moment, then after 1 s, 2 s, 4 s … (RFC 6762 §5.2).</summary>
internal sealed class Asking
{
    private TimeSpan _gap;
    private TimeSpan? _asked;

    public TimeSpan At { get; private set; } = Timing.Never;

    public void Start(TimeSpan at)
    {
        At = at;
        _gap = Timing.OneSecond;
        _asked = null;
    }

    public void Stop() => At = Timing.Never;

    public void Asked(TimeSpan now, TimeSpan longestGap)
    {
        _asked = now;
        _gap = Timing.Earlier(_gap, longestGap);
        At = now + _gap;
        _gap *= 2;
    }

    /// <summary>§7.3: another machine asked the same. Our own question, heard back, must not count twice.</summary>
    public void AskedByAnother(TimeSpan now, TimeSpan longestGap)
    {
        if (At != Timing.Never && !(now - _asked < Timing.OneSecond))
            Asked(now, longestGap);
    }
}
