using Gossip.Protocol;

namespace Gossip.Balancing;

/// <summary>
/// Random numbers for choices between instances: SplitMix64 (Steele, Lea and Flood 2014), one sequence for each thread, so that callers do
/// not contend for one counter.
/// </summary>
internal static class FastRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    [ThreadStatic]
    private static ulong t_state;

    /// <summary>The next 64 random bits.</summary>
    public static ulong Next()
    {
        var state = t_state;
        if (state == 0)
            state = (ulong)Random.Shared.NextInt64() | 1;
        t_state = state += Golden;
        return StableHash.Mix(state);
    }

    /// <summary>A number below a limit, out of 32 random bits.</summary>
    public static int Below(uint bits, int limit) => (int)((bits * (ulong)(uint)limit) >> 32);

    /// <summary>A number below a limit.</summary>
    public static int Below(int limit) => Below((uint)Next(), limit);

    /// <summary>A number from 0 to just below 1.</summary>
    public static double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Seeds the sequence of this thread: for simulations, which have one thread.</summary>
    public static void Seed(ulong seed) => t_state = StableHash.Mix(seed) | 1;
}
