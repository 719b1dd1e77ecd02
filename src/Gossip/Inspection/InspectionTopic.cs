namespace Gossip.Inspection;

/// <summary>What members ask each other for. The numbers travel.</summary>
internal enum InspectionTopic : byte
{
    /// <summary>What the other saw: <see cref="EventsContent"/>.</summary>
    Events = 1,

    /// <summary>Whom the other calls: <see cref="CallsContent"/>.</summary>
    Calls = 2,
}
