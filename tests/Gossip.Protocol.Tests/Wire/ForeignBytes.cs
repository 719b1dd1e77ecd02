using FsCheck;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Bytes that nobody meant to send. They shrink to fewer, and to zeros.</summary>
internal sealed record ForeignBytes(byte[] Bytes)
{
    public static Arbitrary<ForeignBytes> From(Func<Randomness, byte[]> draw) =>
        Inputs.From(randomness => new ForeignBytes(draw(randomness)), Smaller);

    public override string ToString() => Convert.ToHexString(Bytes);

    private static IEnumerable<ForeignBytes> Smaller(ForeignBytes foreign) =>
        Draws.Shorter(foreign.Bytes).Concat(Zeroed(foreign.Bytes)).Select(bytes => new ForeignBytes(bytes));

    private static IEnumerable<byte[]> Zeroed(byte[] bytes) =>
        from at in Enumerable.Range(0, bytes.Length) where bytes[at] != 0 select (byte[])[.. bytes[..at], 0, .. bytes[(at + 1)..]];
}

/// <summary>Bytes at random, with a code that is awkward in front, or anywhere; fewer than forty.</summary>
internal static class AwkwardBytes
{
    /// <summary>Codes on which the package's unsigned reads throw, or which they take though signed; and those that promise much.</summary>
    private static readonly byte[] Codes =
    [
        0x7F, 0x81, 0x92, 0xA1, 0xC0, 0xC1, 0xC4, 0xC6, 0xC7, 0xC9, 0xCA, 0xCC, 0xCD, 0xCF,
        0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD9, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xFF,
    ];

    public static Arbitrary<ForeignBytes> All() => ForeignBytes.From(randomness =>
    {
        var bytes = Sample.Bytes(randomness, randomness.Below(40));
        for (var codes = randomness.Below(4); codes > 0 && bytes.Length > 0; codes--)
            bytes[randomness.Chance(0.5) ? 0 : randomness.Below(bytes.Length)] = Codes[randomness.Below(Codes.Length)];
        return bytes;
    });
}
