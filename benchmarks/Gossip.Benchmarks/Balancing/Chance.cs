using Gossip.Protocol;

namespace Gossip.Benchmarks.Balancing;

/// <summary>Random numbers as the experiments need them.</summary>
internal static class Chance
{
    /// <summary>Box and Muller, 1958.</summary>
    public static double Normal(Randomness randomness) => Math.Sqrt(-2 * Math.Log(1 - Share(randomness))) * Math.Cos(2 * Math.PI * Share(randomness));

    /// <summary>The time until the next of events that come so often in a second, each whenever it likes.</summary>
    public static TimeSpan Wait(Randomness randomness, double perSecond) => TimeSpan.FromSeconds(-Math.Log(1 - Share(randomness)) / perSecond);

    /// <summary>A number from 0 to just below 1.</summary>
    public static double Share(Randomness randomness) => (randomness.Next() >> 11) * (1.0 / (1UL << 53));
}
