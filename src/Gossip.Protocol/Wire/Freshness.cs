namespace Gossip.Protocol;

/// <summary>
/// The second that the cluster has reached, as far as this node knows: it stands in every sealed frame, and a frame whose second lies
/// further from this node's than <see cref="Window"/> is stale, most likely a recording. It starts from the process's start by the wall
/// clock, runs on the monotonic clock, and is raised to that of another who has just answered this node's own question: so it never falls,
/// and a cluster shares the greatest, whatever the clocks of its machines say. No table of nonces could do this: one counter serves all
/// receivers here, and a receiver that has restarted has no floor.
/// </summary>
/// <param name="least">The second with which the node starts.</param>
/// <param name="born">When it starts.</param>
internal sealed class Freshness(ulong least, Instant born)
{
    /// <summary>
    /// Seconds that a frame may be older or newer: several times what a loaded machine lets packets wait, and what news needs to raise the
    /// second of all.
    /// </summary>
    public const uint Window = 30;

    private ulong _least = Math.Min(least, uint.MaxValue);

    /// <summary>The second at a moment.</summary>
    public uint Second(Instant now) => (uint)Math.Min(_least + (ulong)(now - born).TotalSeconds, uint.MaxValue);

    /// <summary>Where a frame's second lies: 0 within the window, below 0 behind it, above 0 ahead of it.</summary>
    public int Compare(uint second, Instant now)
    {
        var ahead = (long)second - Second(now);
        return ahead > Window ? 1 : ahead < -Window ? -1 : 0;
    }

    /// <summary>Another, who has answered this node's own question, has reached that second.</summary>
    public void Raise(uint second, Instant now) => _least += second > Second(now) ? second - Second(now) : 0;
}
