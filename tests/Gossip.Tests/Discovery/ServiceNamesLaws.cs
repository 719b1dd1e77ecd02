using Gossip.Protocol.Tests;
using Gossip.Snapshots;

namespace Gossip.Tests.Discovery;

public sealed class ServiceNamesLaws
{
    private const string Letters = "aAbBzZ019-_.@[`{kKſıİßÄäĀāЖж漢\uD83D\uDC1D";

    [Fact]
    public void Names_that_are_the_same_without_case_have_the_same_hash() => Property.Holds(2_000, randomness =>
    {
        var name = new string([.. Enumerable.Range(0, randomness.Below(14)).Select(_ => Letters[randomness.Below(Letters.Length)])]);
        string[] variants = [name.ToUpperInvariant(), name.ToLowerInvariant(), new([.. name.Select(letter => randomness.Chance(0.5) ? char.ToUpperInvariant(letter) : letter)])];
        foreach (var variant in variants)
        {
            Assert.Equal(string.Equals(name, variant, StringComparison.OrdinalIgnoreCase), ServiceNames.Comparer.Equals(name, variant));
            if (ServiceNames.AreSame(name, variant))
                Assert.Equal(ServiceNames.HashOf(name), ServiceNames.HashOf(variant));
        }
    });

    [Fact]
    public void Names_that_are_alike_are_spread() =>
        Assert.InRange(Enumerable.Range(0, 10_000).Select(number => ServiceNames.HashOf($"service-{number}") & 16_383).Distinct().Count(), 7_000, 8_000);
}
