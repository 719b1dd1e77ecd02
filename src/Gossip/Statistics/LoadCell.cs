using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// Where a member's load is read: held by what is chosen among, so that a choice need not search for it. The loop writes, anybody reads.
/// The two fields are not written as one, and for an instant one of them is older than the other: of an estimate that does not matter.
/// </summary>
internal sealed class LoadCell
{
    private ulong _load;
    private long _at = long.MinValue;

    /// <summary>Whether the member has never told a load.</summary>
    public bool IsSilent => Volatile.Read(ref _at) == long.MinValue;

    /// <summary>The member's load, and how much it still says: 1 for all, falling to 0 with its age. False when it says nothing.</summary>
    /// <param name="now">The time on the node's clock.</param>
    /// <param name="load">The load.</param>
    /// <param name="trust">Above 0, to 1. What is missing to 1 is for the reader to fill with what it holds of one that tells
    /// nothing.</param>
    public bool TryRead(Instant now, out Load load, out double trust)
    {
        var at = Volatile.Read(ref _at);
        load = Load.Unpack(Volatile.Read(ref _load));
        trust = at == long.MinValue ? 0 : Load.TrustAt(new TimeSpan(now.SinceStart.Ticks - at));
        return trust > 0;
    }

    /// <summary>The loop alone does this.</summary>
    public void Write(Load load, Instant at)
    {
        Volatile.Write(ref _load, load.Packed);
        Volatile.Write(ref _at, at.SinceStart.Ticks);
    }
}
