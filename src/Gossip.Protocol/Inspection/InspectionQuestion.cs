namespace Gossip.Protocol;

/// <summary>A member's question, for the host to answer.</summary>
/// <param name="Asked">What it asks.</param>
/// <param name="From">Where the answer goes: the stream's other end.</param>
/// <param name="KeyId">The key that seals the answer; 0 where there is none.</param>
/// <param name="Until">Until when an answer is sent.</param>
internal sealed record InspectionQuestion(Inspect Asked, PeerAddress From, uint KeyId, Instant Until);

/// <summary>What came of a question.</summary>
/// <param name="Sequence">The number of the question.</param>
/// <param name="Outcome">How its waiting ended.</param>
/// <param name="Content">The answer, as the other host wrote it: foreign bytes; empty without one.</param>
internal readonly record struct InspectionResult(uint Sequence, InspectionOutcome Outcome, byte[] Content);

/// <summary>How the waiting for an answer ended. The first ones travel.</summary>
internal enum InspectionOutcome : byte
{
    /// <summary>There is an answer.</summary>
    Answered = 0,

    /// <summary>The member was asked too much of late. So is read what only a later version knows.</summary>
    Busy = 1,

    /// <summary>The member does not know what is asked for.</summary>
    Unknown = 2,

    /// <summary>No answer came in time: the member is of an older version, or starved.</summary>
    Silent = 3,

    /// <summary>No stream to the member could be opened.</summary>
    Unreachable = 4,
}
