namespace Gossip.Diagnostics;

/// <summary>What is counted from the start on; a step of a series shows the difference to the step before.</summary>
internal readonly record struct SeriesTotals(
    long PacketsIn, long PacketsOut, long BytesIn, long BytesOut, long Drops, long Probes, long ProbesFailed,
    long Calls, long CallFailures);

/// <summary>What is not counted but read, when a step ends.</summary>
internal readonly record struct SeriesLevels(int LocalHealth, int MembersAlive, int MembersSuspect, int Rumors);

/// <summary>One step of a series. Rates are per second.</summary>
internal sealed record SeriesStep(
    double PacketsIn, double PacketsOut, double BytesIn, double BytesOut, double Drops, double Probes, double ProbesFailed,
    double Calls, double CallFailures, double? RoundTripMs, double LoopTurnMs, double LoopLateMs, SeriesLevels Levels);

/// <summary>A copy of the last steps.</summary>
/// <param name="First">How many steps ended before the first of them.</param>
/// <param name="Steps">The oldest first; null for one in which the loop got no turn at its end.</param>
internal sealed record SeriesReport(long First, IReadOnlyList<SeriesStep?> Steps);
