namespace Gossip.Protocol.Tests;

/// <summary>Every failure says how to see it again, and then it is seen again.</summary>
public sealed class PropertyTests
{
    [Fact]
    public void A_failure_names_its_seed_and_its_test()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Property.Holds(10, _ => Assert.Fail("no")));
        Assert.StartsWith(
            $"GOSSIP_SEED={Property.Seed} dotnet test --filter \"FullyQualifiedName~{nameof(A_failure_names_its_seed_and_its_test)}\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_seed_decides_every_value()
    {
        var runs = Enumerable.Range(0, 2).Select(_ =>
        {
            var drawn = new List<string>();
            Property.Holds(20, randomness => drawn.Add($"{randomness.Next()}"));
            Property.HoldsForScripts(20, 50, script => drawn.Add(string.Join(',', script)));
            return string.Join(' ', drawn);
        }).ToArray();
        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public void A_script_that_fails_shrinks_to_the_steps_that_matter()
    {
        var shortest = int.MaxValue;
        Assert.Throws<InvalidOperationException>(() => Property.HoldsForScripts(100, 100, script =>
        {
            if (!script.Any(step => step % 2 == 0))
                return;
            shortest = Math.Min(shortest, script.Length);
            Assert.Fail("no");
        }));
        Assert.Equal(1, shortest);
    }
}
