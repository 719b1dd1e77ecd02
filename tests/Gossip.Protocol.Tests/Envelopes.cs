namespace Gossip.Protocol.Tests;

/// <summary>Envelopes of nodes that have just begun, with nonces that follow from a number.</summary>
internal static class Envelopes
{
    public static Envelope Make(string cluster, ReadOnlyMemory<byte> key, ulong seed) =>
        new(cluster, new Keyring(key), new Randomness(seed).Fill, new Freshness(0, Instant.Start));
}
