using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Bytes on their way. Parcels are used again, so that a packet costs no allocation.</summary>
internal sealed class Parcel
{
    private byte[] _buffer = new byte[Limits.DatagramSize];

    /// <summary>Who sent it; or who was to be reached, for a stream that failed.</summary>
    public PeerAddress Peer { get; private set; }

    public int Length { get; private set; }

    public Span<byte> Bytes => _buffer.AsSpan(0, Length);

    public void Fill(PeerAddress peer, ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length < bytes.Length)
            _buffer = new byte[bytes.Length];
        bytes.CopyTo(_buffer);
        (Peer, Length) = (peer, bytes.Length);
    }

    /// <summary>Drops the end.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Whether it is worth keeping: a large buffer is not.</summary>
    public bool IsSmall => _buffer.Length <= Limits.DatagramSize;
}
