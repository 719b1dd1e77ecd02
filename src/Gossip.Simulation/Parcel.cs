using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Bytes on their way. Parcels are reused, so that a packet costs no allocation, and only as large as their contents so far, since in a
/// large world thousands are under way at once, and would not fit into a cache.
/// </summary>
internal sealed class Parcel
{
    private byte[] _buffer = new byte[128];

    /// <summary>The sender; for a stream that failed, the peer that was to be reached.</summary>
    public PeerAddress Peer { get; private set; }

    public int Length { get; private set; }

    public Span<byte> Bytes => _buffer.AsSpan(0, Length);

    public void Fill(PeerAddress peer, ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length < bytes.Length)
            _buffer = new byte[Math.Max(bytes.Length, Math.Min(2 * _buffer.Length, Limits.DatagramSize))];
        bytes.CopyTo(_buffer);
        (Peer, Length) = (peer, bytes.Length);
    }

    /// <summary>Cuts off the end.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Whether it is worth keeping: a large buffer is not.</summary>
    public bool IsSmall => _buffer.Length <= Limits.DatagramSize;
}
