namespace Gossip.Protocol;

/// <summary>
/// What one packet may draw. An address can be forged, and then the answer hits another host: until a peer has shown that it receives what
/// is sent to its address (<see cref="AddressTokens"/>), a packet draws no more bytes than it brought (RFC 9000 §8.1 allows three times as
/// many). A packet of a peer that has shown it draws up to what a comparison of two tables may need; the next packet draws the rest.
/// </summary>
internal sealed class AnswerBudget
{
    /// <summary>Bytes that it may still draw.</summary>
    public int Left { get; private set; }

    /// <summary>A packet is taken in.</summary>
    /// <param name="bytes">What it may draw.</param>
    public void Begin(int bytes) => Left = bytes;

    /// <summary>Whether a frame of the answer still fits, and if so it counts.</summary>
    public bool TrySpend(int bytes)
    {
        if (bytes > Left)
            return false;
        Left -= bytes;
        return true;
    }
}
