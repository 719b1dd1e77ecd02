namespace Gossip.Simulation;

/// <summary>How one update reached all members.</summary>
internal sealed record RoundsResult
{
    /// <summary>The size of the cluster.</summary>
    public required int Nodes { get; init; }

    /// <summary>From one node to another and back, in milliseconds.</summary>
    public required double RoundTripMs { get; init; }

    /// <summary>The share of datagrams that was lost.</summary>
    public required double Drop { get; init; }

    /// <summary>How many updates were measured, each in a world of its own.</summary>
    public required int Seeds { get; init; }

    /// <summary>To how many members a node passes on a rumour.</summary>
    public required int Fanout { get; init; }

    /// <summary>⌈log_(1+f) n⌉: no scheme in which each informed node tells f others needs fewer hops.</summary>
    public required int FloorHops { get; init; }

    /// <summary>How long these hops take.</summary>
    public required double FloorMs { get; init; }

    /// <summary>Until half of the members knew.</summary>
    public required Reach Half { get; init; }

    /// <summary>Until 99 of 100 did.</summary>
    public required Reach Nearly { get; init; }

    /// <summary>Until all did.</summary>
    public required Reach All { get; init; }

    /// <summary>Members that did not know after a minute, over all updates.</summary>
    public required int Missed { get; init; }

    /// <summary>Packets that carried the update until no node sent it any more: the median.</summary>
    public required long Packets { get; init; }

    /// <summary>Their bytes, including all else that they carried: the median.</summary>
    public required long Bytes { get; init; }
}

/// <summary>What it took until a share of the members knew.</summary>
/// <param name="Hops">The most packets, one after the other, that brought it to one of them: the median over the updates.</param>
/// <param name="HopsWorst">The most over all updates.</param>
/// <param name="Ms">Virtual milliseconds: the median over the updates.</param>
/// <param name="MsWorst">The most over all updates.</param>
internal sealed record Reach(int Hops, int HopsWorst, double Ms, double MsWorst);
