namespace Gossip.Protocol;

/// <summary>What is known of refused streams to a member.</summary>
internal enum Refusal : byte
{
    /// <summary>No stream was refused since the last that got through.</summary>
    None,

    /// <summary>A stream was refused.</summary>
    Heard,

    /// <summary>A stream was refused, and the member answered all the same.</summary>
    Contradicted,
}
