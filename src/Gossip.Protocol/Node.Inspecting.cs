using System.Diagnostics.CodeAnalysis;

namespace Gossip.Protocol;

/// <summary>What the hosts of members ask each other: the node carries it, and does not know what it means.</summary>
internal sealed partial class Node
{
    /// <summary>Whether a question or a result waits to be taken.</summary>
    public bool HasInspections => _inspections.IsWaitedFor;

    /// <inheritdoc cref="Inspections.Ask"/>
    public uint? Inspect(Instant now, MemberId member, byte topic, ulong since, TimeSpan patience, IOutbox outbox) =>
        _inspections.Ask(new Caller(now, outbox), member, topic, since, patience);

    /// <inheritdoc cref="Inspections.TryTakeQuestion"/>
    public bool TryTakeQuestion([NotNullWhen(true)] out InspectionQuestion? question) => _inspections.TryTakeQuestion(out question);

    /// <inheritdoc cref="Inspections.TryTakeResult"/>
    public bool TryTakeResult(out InspectionResult result) => _inspections.TryTakeResult(out result);

    /// <inheritdoc cref="Inspections.Answer"/>
    public void AnswerInspection(Instant now, InspectionQuestion question, byte[]? content, IOutbox outbox) =>
        _inspections.Answer(new Caller(now, outbox, Delivery: Delivery.Stream), question, content);
}
