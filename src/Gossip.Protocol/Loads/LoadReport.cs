namespace Gossip.Protocol;

/// <summary>A member's load on its way, with its age when the packet left: clocks are not compared.</summary>
internal readonly record struct LoadReport(MemberId Member, ulong Sequence, TimeSpan Age, Load Load)
{
    /// <summary>Bytes of the arrays and the type around the reports of a message, at the most.</summary>
    public const int HeadBytes = 5;

    /// <summary>Bytes of one report, at the most: 1 for the array, 9, 9, 3, 3, 3, and 1 for a percentage.</summary>
    public const int MostBytes = 29;
}
