namespace Gossip.Protocol;

/// <summary>
/// A node doubts itself first (Lifeguard §IV, taken further): what it did not hear while it was asleep or cut off counts against no member.
/// </summary>
internal sealed class StallDetector(Kernel kernel, Instant now)
{
    /// <summary>With fewer peers than this, hearing none looks the same as their death.</summary>
    private const int Company = 3;

    private Instant _lastHeard = now;

    /// <summary>
    /// Whether no peer has answered for one round and two more: a node that has just joined, or overslept, asks no peer in its first
    /// rounds. The round is as long as this node stretches it: where a few survivors are all unwell, each asks the others as seldom as
    /// that.
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

    /// <summary>A peer has answered a question of this node. True when that ends a silence.</summary>
    public bool Hear(Instant now)
    {
        var wasCutOff = IsCutOff(now);
        kernel.Counters.CutOffs += wasCutOff ? 1 : 0;
        _lastHeard = now;
        return wasCutOff;
    }
}
