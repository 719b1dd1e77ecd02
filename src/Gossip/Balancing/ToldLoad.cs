namespace Gossip.Balancing;

/// <summary>
/// How busy an instance says it is, as one factor: 1 for idle or unknown, more for busy. It fades to 1 with its age, since old news of load
/// is worse than none: all callers would go where there was room a while ago.
/// </summary>
/// <remarks>The factor and its time lie in one word, so that they are read in one step; written by the loop, read by all.</remarks>
internal struct ToldLoad
{
    /// <summary>In this time half of it is forgotten, in milliseconds: a few rounds of gossip.</summary>
    private const float HalvesIn = 5_000;

    /// <summary>Forgotten.</summary>
    private const float ForgottenAfter = 6 * HalvesIn;

    /// <summary>So many calls in flight for each 100 of weight, or milliseconds of waiting, weigh as much as a processor that is full.</summary>
    private const float CallsAsFull = 32;

    private const float DelayAsFull = 20;

    /// <summary>The most that load may say: it is a hint, and one's own experience goes first.</summary>
    private const float Most = 8;

    private long _cell;

    /// <summary>Whether nothing was told.</summary>
    public bool IsEmpty => Volatile.Read(ref _cell) == 0;

    /// <summary>The instance told its load.</summary>
    /// <param name="inFlight">Calls that it works on, of all callers.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="queueDelay">The milliseconds that work waits before it is begun.</param>
    /// <param name="processor">How full its processor is, in percent.</param>
    /// <param name="at">The millisecond, on the clock of <see cref="TrafficBoard"/>, at which that was so.</param>
    public void Tell(int inFlight, int weight, int queueDelay, int processor, long at)
    {
        var factor = 1 + (processor / 100f) + (queueDelay / DelayAsFull) + (inFlight * 100f / Math.Max(1, weight) / CallsAsFull);
        Volatile.Write(ref _cell, ((long)(uint)at << 32) | BitConverter.SingleToUInt32Bits(Math.Clamp(factor, 1, Most)));
    }

    /// <summary>The factor as of now.</summary>
    public float Factor(long now)
    {
        var cell = Volatile.Read(ref _cell);
        if (cell == 0)
            return 1;
        var age = (float)Math.Max(0, (int)((uint)now - (uint)(cell >> 32)));
        return age > ForgottenAfter ? 1 : 1 + ((BitConverter.UInt32BitsToSingle((uint)cell) - 1) * float.Exp2(-age / HalvesIn));
    }
}
