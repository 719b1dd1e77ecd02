namespace Gossip.Protocol;

/// <summary>On what grounds a member is suspected or held dead. The numbers travel.</summary>
public enum Evidence : byte
{
    /// <summary>None: nothing is said against the member.</summary>
    None = 0,

    /// <summary>Nothing was answered, on any path, not even by relays (SWIM §3.1).</summary>
    Silence = 1,

    /// <summary>The host answered that nobody listens there: the process is gone.</summary>
    Refused = 2,

    /// <summary>Another process answers at the member's address.</summary>
    Replaced = 3,

    /// <summary>Relays answered that the member is silent to them too: the accuser's own network is not to blame (Lifeguard §IV-A, "nack").</summary>
    RelayedSilence = 4,
}

/// <summary>One member's word against another, and how far it can be trusted. It travels as its accuser gave it.</summary>
/// <param name="Accuser">Who says so.</param>
/// <param name="Evidence">On what grounds.</param>
/// <param name="LocalHealth">How unwell the accuser held itself when it said so: 0 is well (Lifeguard §IV-A).</param>
/// <param name="RoundTrip">How long answers of the accused had taken the accuser, smoothed; null when it never had one.</param>
public readonly record struct Testimony(MemberId Accuser, Evidence Evidence, byte LocalHealth = 0, TimeSpan? RoundTrip = null)
{
    /// <summary>Whether something answered, and it was not the member: that is far more than silence.</summary>
    internal bool IsStrong => Evidence is Evidence.Refused or Evidence.Replaced;
}
