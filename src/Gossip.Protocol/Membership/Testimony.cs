namespace Gossip.Protocol;

/// <summary>One member's word against another, and how far it can be trusted. It travels as its accuser gave it.</summary>
/// <param name="Accuser">Who says so.</param>
/// <param name="Evidence">On what grounds.</param>
/// <param name="LocalHealth">How unwell the accuser held itself when it said so: 0 is well (Lifeguard §IV-A).</param>
/// <param name="RoundTrip">How long answers of the accused had taken the accuser, smoothed; null when it never had one.</param>
internal readonly record struct Testimony(MemberId Accuser, Evidence Evidence, byte LocalHealth = 0, TimeSpan? RoundTrip = null)
{
    /// <summary>Whether something answered, and it was not the member: that is far more than silence.</summary>
    internal bool IsStrong => Evidence is Evidence.Refused or Evidence.Replaced;
}
