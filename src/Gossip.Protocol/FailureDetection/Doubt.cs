namespace Gossip.Protocol;

/// <summary>What makes a node doubt that it reaches a member; gone with the member's next ack.</summary>
internal sealed class Doubt
{
    /// <summary>When the member was last heard to refute, or to come back from the dead.</summary>
    public Instant Refuted { get; set; }

    /// <summary>Whether that was heard twice within the window, so that the member is probed out of turn.</summary>
    public bool IsListed { get; set; }

    /// <summary>When it is next probed out of turn.</summary>
    public Instant NextProbe { get; set; }

    /// <summary>How many whole probes since then got no ack on any path.</summary>
    public int InVain { get; set; }

    /// <summary>Whether these are too many.</summary>
    public bool IsOutOfReach { get; set; }
}
