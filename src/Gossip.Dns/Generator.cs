namespace Gossip.Dns;

/// <summary>SplitMix64: the one source of randomness of a machine, so that a run with the same seed is the same run.</summary>
internal struct Generator(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A time in [from, to), to the tick.</summary>
    public TimeSpan Between(TimeSpan from, TimeSpan to)
    {
        var span = (ulong)(to - from).Ticks;
        return span == 0 ? from : from + TimeSpan.FromTicks((long)(Next() % span));
    }
}
