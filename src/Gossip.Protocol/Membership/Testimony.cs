namespace Gossip.Protocol;

/// <summary>One member's word against another, and how far it can be trusted. It travels as its accuser gave it.</summary>
/// <param name="Accuser">The member that says so.</param>
/// <param name="Evidence">On what grounds.</param>
/// <param name="LocalHealth">How unhealthy the accuser held itself when it said so: 0 is healthy (Lifeguard §IV-A).</param>
/// <param name="RoundTrip">The smoothed round trip of the accused's answers to the accuser; null when there was none.</param>
internal readonly record struct Testimony(MemberId Accuser, Evidence Evidence, byte LocalHealth = 0, TimeSpan? RoundTrip = null)
{
    /// <summary>Whether something other than the member answered, which is far stronger evidence than silence.</summary>
    internal bool IsStrong => Evidence is Evidence.Refused or Evidence.Replaced;
}
