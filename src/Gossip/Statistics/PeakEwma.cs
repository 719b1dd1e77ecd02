namespace Gossip.Statistics;

/// <summary>
/// How long an instance takes to answer, as one number that rises fast and falls slowly (after the "peak EWMA" of Twitter's Finagle). A
/// slow answer pulls it up half of the way at once; fast ones pull it back gradually, and so does time alone, so that a slow instance is
/// tried again. Finagle jumps all the way; half of it notices a slow instance as quickly, and tolerates the single outliers that every
/// instance has.
/// </summary>
/// <remarks>The number and the time of its last change are in one word, so that they are read and replaced in one step.</remarks>
internal struct PeakEwma
{
    /// <summary>
    /// The time in which the number falls to a third without answers: long enough to avoid a slow instance, short enough to notice its
    /// recovery.
    /// </summary>
    private const float FadesIn = 5_000;

    /// <summary>How much a faster answer counts at least, however soon it comes after another.</summary>
    private const float LeastPull = 1f / 16;

    /// <summary>Milliseconds for which a number does not fade.</summary>
    private const int FreshFor = 250;

    private long _cell;

    /// <summary>An answer arrived.</summary>
    /// <param name="took">Milliseconds.</param>
    /// <param name="now">Milliseconds since anything.</param>
    public void Observe(float took, long now)
    {
        while (true)
        {
            var old = Volatile.Read(ref _cell);
            var before = Number(old);
            var next = took;
            if (before > 0)
            {
                var pull = took > before ? 0.5f : MathF.Max(LeastPull, 1 - MathF.Exp(-Age(old, now) / FadesIn));
                next = before + ((took - before) * pull);
            }

            if (Interlocked.CompareExchange(ref _cell, Pack(MathF.Max(next, float.Epsilon), now), old) == old)
                return;
        }
    }

    /// <summary>An answer arrived that may only lower the number. Of simultaneous answers one may be lost.</summary>
    /// <param name="took">Milliseconds.</param>
    /// <param name="now">Milliseconds since anything.</param>
    /// <param name="isFirst">Whether nothing is known yet.</param>
    public void Lower(float took, long now, bool isFirst)
    {
        var before = isFirst ? float.MaxValue : Number(Volatile.Read(ref _cell));
        Volatile.Write(ref _cell, Pack(MathF.Max(MathF.Min(took, before), float.Epsilon), now));
    }

    /// <summary>A call failed, which counts only if it took longer than the number.</summary>
    public void Raise(float took, long now)
    {
        if (Number(Volatile.Read(ref _cell)) is > 0 and var before && took > before)
            Observe(took, now);
    }

    /// <summary>The milliseconds that an answer is expected to take; 0 when nothing is known.</summary>
    public float Read(long now)
    {
        var cell = Volatile.Read(ref _cell);
        var age = Age(cell, now);
        return age < FreshFor ? Number(cell) : Number(cell) * MathF.Exp(-age / FadesIn);
    }

    private static long Pack(float number, long now) => ((long)(uint)now << 32) | BitConverter.SingleToUInt32Bits(number);

    private static float Number(long cell) => BitConverter.UInt32BitsToSingle((uint)cell);

    /// <summary>Milliseconds, also across the wrap of 32 bits; 0 when the clock lags slightly.</summary>
    private static float Age(long cell, long now) => Math.Max(0, (int)((uint)now - (uint)(cell >> 32)));
}
