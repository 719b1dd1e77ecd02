using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gossip.Protocol;

/// <summary>
/// Numbers that only the peer at an address can know: each question carries one, and the answer says it back. So an answer is known to be
/// one, to this question and from there; a recorded or a guessed one is not (the address validation of QUIC, RFC 9000 §8.1). They are
/// computed anew when they come back, so nothing is kept: the first 32 bits of an HMAC-SHA256 over the address, the question's number and
/// the <see cref="Period"/>, with a key that no generator of this node has made.
/// </summary>
/// <param name="secret">The key: 32 bytes from the operating system.</param>
/// <param name="trustsAll">Whether any token will do: <see cref="Defences.Tokens"/>.</param>
internal sealed class AddressTokens(byte[] secret, bool trustsAll = false)
{
    /// <summary>How long a token is good: this at least, and twice as long at the most. No answer is waited for any longer.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    public const int SecretSize = 32;

    /// <summary>The one computed last, which mostly an answer asks for next: an HMAC costs as much as the rest of a probe.</summary>
    private (PeerAddress Address, uint Sequence, long Period, uint Token) _last = (default, 0, long.MinValue, 0);

    /// <summary>The token of a question that is asked now.</summary>
    public uint Of(PeerAddress address, uint sequence, Instant now) => Compute(address, sequence, Count(now));

    /// <summary>Whether an answer has the token of a question that was asked at that address, and not long ago.</summary>
    public bool IsOwn(uint token, PeerAddress address, uint sequence, Instant now)
    {
        var period = Count(now);
        return trustsAll || token == Compute(address, sequence, period) || token == Compute(address, sequence, period - 1);
    }

    /// <summary>Whether an ack answers a question that was asked at that address, and not long ago.</summary>
    public bool IsOwn(in Ack ack, PeerAddress address, Instant now) => IsOwn(ack.Token, address, ack.Sequence, now);

    private static long Count(Instant now) => now.SinceStart.Ticks / Period.Ticks;

    private uint Compute(PeerAddress address, uint sequence, long period)
    {
        // The interface of a link-local address is left out: it is learned, and may be another when the answer comes.
        address = address.WithScope(0);
        if ((_last.Address, _last.Sequence, _last.Period) != (address, sequence, period))
            _last = (address, sequence, period, Hash(address, sequence, period));
        return _last.Token;
    }

    private uint Hash(PeerAddress address, uint sequence, long period)
    {
        Span<byte> asked = stackalloc byte[16 + sizeof(ushort) + sizeof(uint) + sizeof(long)];
        asked.Clear();
        address.WriteBytes(asked);
        BinaryPrimitives.WriteUInt16BigEndian(asked[16..], address.Port);
        BinaryPrimitives.WriteUInt32BigEndian(asked[18..], sequence);
        BinaryPrimitives.WriteInt64BigEndian(asked[22..], period);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, asked, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}
