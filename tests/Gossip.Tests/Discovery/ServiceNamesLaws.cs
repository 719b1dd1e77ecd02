using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Gossip.Snapshots;

namespace Gossip.Tests.Discovery;

[Properties(Arbitrary = [typeof(Spellings)])]
public sealed class ServiceNamesLaws
{
    [Law(1_000, 10_000, EndSize = 14)]
    internal void Names_that_are_the_same_without_case_have_the_same_hash(Spelling spelling, Seed seed)
    {
        var name = spelling.Text;
        var mixed = name.Select((letter, at) => (seed.Value >> (at % 31) & 1) == 0 ? char.ToUpperInvariant(letter) : letter);
        string[] variants = [name.ToUpperInvariant(), name.ToLowerInvariant(), string.Concat(mixed)];
        foreach (var variant in variants)
        {
            Assert.Equal(string.Equals(name, variant, StringComparison.OrdinalIgnoreCase), ServiceNames.Comparer.Equals(name, variant));
            if (ServiceNames.AreSame(name, variant))
                Assert.Equal(ServiceNames.HashOf(name), ServiceNames.HashOf(variant));
        }
    }

    [Fact]
    public void Names_that_are_alike_are_spread() =>
        Assert.InRange(Enumerable.Range(0, 10_000).Select(number => ServiceNames.HashOf($"service-{number}") & 16_383).Distinct().Count(), 7_000, 8_000);
}

/// <summary>A name of letters whose cases are odd, in ASCII and beyond it.</summary>
internal sealed record Spelling(string Text);

internal static class Spellings
{
    private const string Letters = "aAbBzZ019-_.@[`{kKſıİßÄäĀāЖж漢\uD83D\uDC1D";

    public static Arbitrary<Spelling> All() => Arb.From(
        Gen.Elements<char>(Letters).ArrayOf().Select(letters => new Spelling(new string(letters))),
        spelling => Draws.Shorter(spelling.Text.ToCharArray()).Select(fewer => new Spelling(new string(fewer))));
}
