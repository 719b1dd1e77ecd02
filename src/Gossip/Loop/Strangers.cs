using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <summary>
/// Those whose packets the node cannot open since they are of another cluster or key: a few of them, for people. Whoever sends datagrams
/// can lie about its address, and many times a second. So a newcomer takes the place of another, and one that was heard by stream, or from
/// this machine, where no address is a lie, gives way only to its like: a node that wants to join, and has the wrong key, asks by stream at
/// every other time. Among likes the one with the fewest packets goes, and of those the one that was heard longest ago.
/// </summary>
internal sealed class Strangers
{
    /// <summary>More of them would say nothing new.</summary>
    public const int Most = 64;

    /// <summary>Where a network is full of them, the first few show what is wrong, and the doctor lists them.</summary>
    private const int ToldAtOnce = 8;

    /// <summary>What is told to the log beyond the first: who cycles through addresses must not fill it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<PeerAddress, UnreadablePacketReport> _known = [];
    private int _told;
    private DateTimeOffset _silentUntil = DateTimeOffset.MinValue;

    /// <summary>Those that are known.</summary>
    public IReadOnlyList<UnreadablePacketReport> All => [.. _known.Values];

    /// <summary>Notes a packet, and says whether the log is to tell of its sender, which is once for each.</summary>
    /// <param name="peer">Its address; without a port when it came by stream, where that says nothing.</param>
    /// <param name="isReal">Whether the address is no lie.</param>
    /// <param name="reason">Why it cannot be opened.</param>
    /// <param name="now">The time.</param>
    public bool Meet(PeerAddress peer, bool isReal, DropReason reason, DateTimeOffset now)
    {
        var known = _known.GetValueOrDefault(peer);
        if (known is null && _known.Count >= Most && !MakeRoom(isReal))
            return false;
        var tells = known is not { IsTold: true } && MayTell(isReal, now);
        _known[peer] = new UnreadablePacketReport(peer, reason, (known?.Packets ?? 0) + 1, now)
        {
            IsReal = isReal || known is { IsReal: true }, IsTold = tells || known is { IsTold: true },
        };
        return tells;
    }

    private bool MakeRoom(bool forReal)
    {
        UnreadablePacketReport? least = null;
        foreach (var one in _known.Values)
        {
            if (least is null || Rank(one).CompareTo(Rank(least)) < 0)
                least = one;
        }

        return (forReal || !least!.IsReal) && _known.Remove(least!.Peer);
    }

    private static (bool, long, DateTimeOffset) Rank(UnreadablePacketReport one) => (one.IsReal, one.Packets, one.LastAt);

    private bool MayTell(bool isReal, DateTimeOffset now)
    {
        if (_told >= ToldAtOnce && (!isReal || now < _silentUntil))
            return false;
        _told++;
        _silentUntil = now + Pause;
        return true;
    }
}
