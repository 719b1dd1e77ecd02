using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// Where a member's load is read: held by the instances, so that a choice need not search for it. The loop writes, any thread reads. The
/// two fields are not written as one, so for a moment one is older than the other, which does not matter for an estimate.
/// </summary>
internal sealed class LoadCell
{
    private ulong _load;
    private long _at = long.MinValue;

    /// <summary>Whether the member has never sent a load.</summary>
    public bool IsSilent => Volatile.Read(ref _at) == long.MinValue;

    /// <summary>
    /// The member's load, and how far it is still trusted: from 1, falling to 0 with its age. False when it is not trusted at all.
    /// </summary>
    /// <param name="now">The time on the node's clock.</param>
    /// <param name="load">The load.</param>
    /// <param name="trust">Above 0, to 1. The reader fills the rest with what it assumes of a member that reports nothing.</param>
    public bool TryRead(Instant now, out Load load, out double trust)
    {
        var at = Volatile.Read(ref _at);
        load = Load.Unpack(Volatile.Read(ref _load));
        trust = at == long.MinValue ? 0 : Load.TrustAt(new TimeSpan(now.SinceStart.Ticks - at));
        return trust > 0;
    }

    /// <summary>Called by the loop only.</summary>
    public void Write(Load load, Instant at)
    {
        Volatile.Write(ref _load, load.Packed);
        Volatile.Write(ref _at, at.SinceStart.Ticks);
    }
}
