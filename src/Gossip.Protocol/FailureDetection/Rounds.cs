namespace Gossip.Protocol;

/// <summary>What to do about the round of a received ping.</summary>
internal enum RoundAdvice
{
    /// <summary>Nothing: it is this round, or an old one.</summary>
    None,

    /// <summary>The others have begun the next round: begin it too.</summary>
    Begin,

    /// <summary>The others are elsewhere: take their number, and begin with them next time.</summary>
    Align,
}

/// <summary>
/// Probe rounds that the members share. SWIM lets each member pick its target at random (§3.1), so in a round some are probed often and a
/// third not at all, and the wait for the first probe of a crashed member has a long tail. Here all agree on the number of the round, which
/// is the sequence number of the pings, and on a stride that follows from it: the member at place p probes the one at p + stride. So each
/// is probed by exactly one other in each round, by a different one each time, and at the same moment of the round. Where views differ the
/// places differ, and the choice is as good as a random one. A node that has just joined, or overslept, listens first and takes no part
/// until it has heard a round; where no node has one, a node begins after one or two.
/// </summary>
internal sealed class Rounds(Randomness randomness)
{
    /// <summary>Round numbers have fifteen bits: the other half of the sequence numbers is for pings outside rounds.</summary>
    public const uint Range = 1 << 15;

    /// <summary>Within one round, a cluster that has rounds probes this node once.</summary>
    private const int Patience = 1;

    private Instant _began;
    private int _unheard = Patience + randomness.Below(2);

    /// <summary>Whether this node knows the round of the others.</summary>
    public bool IsShared { get; private set; }

    public uint Number { get; private set; }

    /// <summary>
    /// Begins the next round. A node that is alone has none: a cluster that it joins would have to choose between two numbers.
    /// </summary>
    public void Begin(Instant now, int peers)
    {
        if (peers == 0)
        {
            Lose();
            return;
        }

        _began = now;
        if (IsShared)
        {
            Number = (Number + 1) % Range;
        }
        else if (_unheard-- == 0)
        {
            // All begin at the same number: "later" is a circle, on which more than two far apart would chase each other.
            IsShared = true;
            Number = 0;
        }
    }

    /// <summary>Takes in the round of a received ping.</summary>
    public RoundAdvice Hear(uint number, Instant now, TimeSpan interval)
    {
        var ahead = (number - Number) % Range;
        if (IsShared && (ahead == 0 || ahead >= Range / 2))
            return RoundAdvice.None;
        var begins = IsShared && now - _began >= interval / 2;
        IsShared = true;
        Number = begins ? (number + Range - 1) % Range : number;
        return begins ? RoundAdvice.Begin : RoundAdvice.Align;
    }

    /// <summary>Listens first: this node's notion of the moment is not to be trusted.</summary>
    public void Lose()
    {
        IsShared = false;
        _unheard = Patience + randomness.Below(2);
    }

    /// <summary>How far in the ring of live members the target of this round stands: 1 to n − 1.</summary>
    public int Stride(int members) => 1 + (int)(StableHash.Mix(Number) % (uint)(members - 1));
}
