namespace Gossip.Protocol;

/// <summary>
/// The bytes of one record, from which those of its siblings are told apart: instances of one service and version mostly differ in their
/// hosts alone. A record that is kept shares what it begins and ends with, and has a copy of only what lies between.
/// </summary>
internal sealed class Mould(string service, byte[] bytes)
{
    /// <summary>The name of the service that the records are of.</summary>
    public string Service => service;

    /// <summary>How many bytes another record begins with, and how many it ends with, as this one does.</summary>
    public (int Front, int Back) Overlap(ReadOnlySpan<byte> payload)
    {
        var front = payload.CommonPrefixLength(bytes);
        var most = Math.Min(payload.Length, bytes.Length) - front;
        var back = 0;
        while (back < most && payload[^(back + 1)] == bytes[^(back + 1)])
            back++;
        return (front, back);
    }

    /// <summary>Whether it is worth while: the two have at least half of the longer one in common.</summary>
    public bool Suits(ReadOnlySpan<byte> payload)
    {
        var (front, back) = Overlap(payload);
        return 2 * (front + back) >= Math.Max(payload.Length, bytes.Length);
    }

    /// <summary>The record that has this between what it shares.</summary>
    public byte[] Fill(int front, ReadOnlySpan<byte> own, int back) => [.. bytes.AsSpan(0, front), .. own, .. bytes.AsSpan(bytes.Length - back)];
}
