using FsCheck;
using FsCheck.Fluent;

namespace Gossip.Tests;

/// <summary>What a law draws by itself, where what it draws is beside the point and gains nothing from shrinking: one seed.</summary>
internal readonly record struct Seed(ulong Value);

/// <summary>Numbers that a law interprets one by one, about as many as the size of the case. It shrinks to the steps that matter.</summary>
internal sealed record Script(int[] Steps)
{
    /// <summary>The first steps only of a long one, which the seed tells as well.</summary>
    public override string ToString() =>
        $"[{string.Join(", ", Steps.Take(100))}{(Steps.Length > 100 ? $" and {Steps.Length - 100} more" : "")}]";
}

/// <summary>Generators of what laws of all kinds draw from.</summary>
internal static class Draws
{
    private static readonly Gen<ulong> Seeds = Gen.Choose(0, int.MaxValue).Select(value => (ulong)value);

    public static Arbitrary<Seed> AllSeeds() => Seeds.Select(value => new Seed(value)).ToArbitrary();

    public static Arbitrary<Script> Scripts() => Arb.From(
        from length in Gen.Sized(size => Gen.Choose(3 * size / 4, 5 * size / 4))
        from steps in Gen.Choose(0, 1_000_000).ArrayOf(length)
        select new Script(steps),
        script => Shorter(script.Steps).Select(steps => new Script(steps)));

    /// <summary>Values that a function draws from a seed, and what they shrink to.</summary>
    public static Arbitrary<T> From<T>(Func<ulong, T> draw, Func<T, IEnumerable<T>> smaller) => Arb.From(Seeds.Select(draw), smaller);

    /// <summary>The same without a piece: halves first, single items last.</summary>
    public static IEnumerable<T[]> Shorter<T>(T[] items)
    {
        for (var piece = Math.Max(1, items.Length / 2); piece > 0 && items.Length > 0; piece /= 2)
        {
            for (var at = 0; at + piece <= items.Length; at += piece)
                yield return [.. items[..at], .. items[(at + piece)..]];
        }
    }
}
