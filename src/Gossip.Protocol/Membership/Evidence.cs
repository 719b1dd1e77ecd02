namespace Gossip;

/// <summary>On what grounds a member is suspected or held dead. The numbers travel.</summary>
public enum Evidence : byte
{
    /// <summary>None: nothing is said against the member.</summary>
    None = 0,

    /// <summary>Nothing was answered, on any path, not even by relays (SWIM §3.1).</summary>
    Silence = 1,

    /// <summary>The host answered that nothing listens there: the process is gone.</summary>
    Refused = 2,

    /// <summary>Another process answers at the member's address.</summary>
    Replaced = 3,

    /// <summary>
    /// Relays answered that the member is silent to them too: the accuser's own network is not to blame (Lifeguard §IV-A, "nack").
    /// </summary>
    RelayedSilence = 4,
}
