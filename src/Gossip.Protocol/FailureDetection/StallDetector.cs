namespace Gossip.Protocol;

/// <summary>
/// A node doubts itself first (Lifeguard §IV, taken further): what it did not hear while it was asleep, or cut off, it holds against
/// nobody.
/// </summary>
internal sealed class StallDetector(Kernel kernel, Instant now)
{
    /// <summary>With fewer peers than this, hearing nobody is just what their death looks like.</summary>
    private const int Company = 3;

    private Instant _lastHeard = now;

    /// <summary>
    /// Whether nobody at all has answered for a round and two more: a node that has just come, or overslept, asks nobody in its first ones.
    /// The round is as long as it is here: of a few survivors, all unwell, each asks the others that seldom.
    /// </summary>
    public bool IsCutOff(Instant now) =>
        now - _lastHeard > (2 * kernel.Options.ProbeInterval) + kernel.Health.Stretch(kernel.Options.ProbeInterval)
        && kernel.Options.StallAwareness && kernel.Table.PeerCount >= Company;

    /// <summary>Whether the loop comes much later than it wanted: a garbage collection, a stopped process, a suspended machine.</summary>
    public bool HasStalled(Instant now, out TimeSpan late)
    {
        var due = kernel.Deadlines.EarliestOfAll;
        late = due == Instant.Never ? TimeSpan.Zero : now - due;
        if (!kernel.Options.StallAwareness || due == Instant.Never || late < kernel.Options.ProbeWindow / 2)
            return false;
        kernel.Counters.Stalls++;
        kernel.Health.Worsen();
        return true;
    }

    /// <summary>Somebody has answered a question of this node. True when it ends a silence.</summary>
    public bool Hear(Instant now)
    {
        var wasCutOff = IsCutOff(now);
        kernel.Counters.CutOffs += wasCutOff ? 1 : 0;
        _lastHeard = now;
        return wasCutOff;
    }
}
