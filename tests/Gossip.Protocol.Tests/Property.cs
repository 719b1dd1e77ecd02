using System.Globalization;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;

namespace Gossip.Protocol.Tests;

/// <summary>
/// Runs a property on many generated values: half as many as it asks for, since each run has a seed of its own, and five times as many at night.
/// The seed decides them all; a failure prints the command that repeats it.
/// </summary>
internal static class Property
{
    /// <summary>Any odd number serves: FsCheck's generator takes a seed and an increment.</summary>
    private const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>The seed of this run: the environment's, else a new one each time.</summary>
    public static ulong Seed { get; } = ulong.TryParse(Environment.GetEnvironmentVariable("GOSSIP_SEED"), CultureInfo.InvariantCulture, out var seed)
        ? seed
        : (ulong)Random.Shared.NextInt64();

    /// <summary>Holds for generators of every kind of seed: bodies draw what they need.</summary>
    public static void Holds(int times, Action<Randomness> body, [CallerMemberName] string test = "") =>
        Holds(times, ArbMap.Default.ArbFor<ulong>(), seed => body(new Randomness(StableHash.Mix(Seed, seed))), test);

    /// <summary>Holds for every script of up to a length: a list of numbers that the body interprets, and that shrinks when it fails.</summary>
    public static void HoldsForScripts(int times, int length, Action<int[]> body, [CallerMemberName] string test = "")
    {
        var scripts = Gen.Choose(0, length).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, 1_000_000), count));
        Holds(times, Arb.From(scripts, Shorter), body, test);
    }

    public static void Holds<T>(int times, Arbitrary<T> values, Action<T> body, [CallerMemberName] string test = "")
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(Nightly.Times((times + 1) / 2, 5 * times)).WithQuietOnSuccess(true)
            .WithReplay(Microsoft.FSharp.Core.FSharpOption<Replay>.Some(new Replay(new Rnd(Seed, Increment), Microsoft.FSharp.Core.FSharpOption<int>.None)));
        Repeatable(() => Prop.ForAll(values, body).Check(config), test);
    }

    private static IEnumerable<int[]> Shorter(int[] script)
    {
        for (var piece = script.Length / 2; piece > 0; piece /= 2)
        {
            for (var at = 0; at + piece <= script.Length; at += piece)
                yield return [.. script[..at], .. script[(at + piece)..]];
        }
    }

    /// <summary>Runs a test of its own kind under the same seed, and says how to repeat it when it fails.</summary>
    public static void Repeatable(Action body, [CallerMemberName] string test = "")
    {
        try
        {
            body();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"GOSSIP_SEED={Seed} dotnet test --filter \"FullyQualifiedName~{test}\"\n{failure.Message}", failure);
        }
    }
}
