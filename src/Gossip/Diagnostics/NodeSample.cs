using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>What the loop counts, at a moment: a copy, made by the loop, that any thread may read.</summary>
/// <param name="Counters">What the protocol counted.</param>
/// <param name="Events">What happened to members.</param>
/// <param name="Shell">What the shell dropped.</param>
/// <param name="LocalHealth">How unwell the node holds itself: 0 is well.</param>
/// <param name="Rumors">Rumours that it still passes on.</param>
/// <param name="RecordBytes">Bytes that the records of the other members take.</param>
/// <param name="LoopFailures">Turns of the loop that ended in an exception.</param>
/// <param name="Load">How busy the process says it is; idle when it says nothing.</param>
internal sealed record NodeSample(
    NodeFigures Counters,
    EventFigures Events,
    ShellFigures Shell,
    int LocalHealth,
    int Rumors,
    long RecordBytes,
    long LoopFailures,
    Load Load);
