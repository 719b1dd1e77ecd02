using FsCheck;
using FsCheck.Fluent;

namespace Gossip.Dns.Tests;

/// <summary>Runs a property; a failure prints how to see it again.</summary>
internal static class Law
{
    public static void Holds<T>(Gen<T> inputs, Func<T, bool> law, int cases = 300)
    {
        // The seed of FsCheck is a pair of odd words: "seed,gamma".
        var words = (Environment.GetEnvironmentVariable("GOSSIP_SEED") ?? $"{Random.Shared.NextInt64()},{Random.Shared.NextInt64() | 1}").Split(',');
        var config = Config.QuickThrowOnFailure.WithMaxTest(cases)
            .WithReplay(ulong.Parse(words[0]), words.Length > 1 ? ulong.Parse(words[1]) | 1 : 1);
        try
        {
            Check.One(config, Prop.ForAll(inputs.ToArbitrary(), law));
        }
        catch (Exception failure)
        {
            throw new Xunit.Sdk.XunitException($"See it again: GOSSIP_SEED={words[0]},{words.ElementAtOrDefault(1) ?? "1"} dotnet test\n{failure.Message}");
        }
    }
}
