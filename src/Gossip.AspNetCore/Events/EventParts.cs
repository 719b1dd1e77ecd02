namespace Gossip.AspNetCore.Events;

/// <summary>The cluster is another than before: how many there are of what.</summary>
internal sealed record RevisionPart(long Revision, int Members, int Services);

/// <summary>The events before are not all there: what is shown has to be fetched anew.</summary>
internal sealed record ResetPart(string Because);

/// <summary>How many follow the events, and what became of others.</summary>
/// <param name="Subscribers">Those that follow now.</param>
/// <param name="Refused">Those that came when there were as many as may be.</param>
/// <param name="Ended">Those that did not read, and were cut off.</param>
internal sealed record EventStreamFigures(int Subscribers, long Refused, long Ended);
