using System.Runtime.CompilerServices;

namespace Gossip.Statistics;

/// <summary>
/// How many of the calls that ended within the last 10 to 12 seconds failed: as counts for outlier detection, and as a share in one number
/// for selectors, which costs one comparison while nothing has failed.
/// </summary>
internal struct RecentFailures
{
    /// <summary>
    /// How many calls must have ended for their share to be meaningful; Envoy's request volume is 100 or 50 in ten seconds, for many
    /// callers.
    /// </summary>
    public const int Volume = 10;

    /// <summary>By how much at least the share of an outlier exceeds that of its siblings.</summary>
    public const double Excess = 0.2;

    /// <summary>Milliseconds that one cell covers.</summary>
    private const int Stretch = 2_000;

    /// <summary>Five full stretches, and the current one.</summary>
    private const int Stretches = 6;

    /// <summary>The time in which the share falls to a third without calls, so that an instance that failed is tried again.</summary>
    private const float FadesIn = 10_000;

    /// <summary>How many failures in a row count more than what was before them; with occasional errors, fewer happen by chance.</summary>
    private const int Run = 3;

    private const int CountBits = 20;
    private const long MostCounted = (1L << CountBits) - 1;

    /// <summary>
    /// Each cell has the number of its stretch, the calls and the failures in one word, so that they are read and replaced in one step.
    /// </summary>
    private Cells _cells;

    /// <summary>The share and the millisecond at which it was true; 0 when nothing has failed.</summary>
    private long _share;

    /// <summary>The failures since the last call that did not fail.</summary>
    private int _run;

    /// <summary>Whether the counts are a reason to check the siblings' too.</summary>
    public static bool AreMany((long Calls, long Failures) recent) => recent.Calls >= Volume && recent.Failures > Excess * recent.Calls;

    /// <summary>A call has ended.</summary>
    public void Add(bool failed, long now)
    {
        var stretch = NumberOf(now);
        ref var cell = ref _cells[(int)(stretch % Stretches)];
        while (true)
        {
            var old = Volatile.Read(ref cell);
            var fresh = old >>> (2 * CountBits) == stretch ? old : stretch << (2 * CountBits);
            if (CallsOf(fresh) == MostCounted)
                break;
            if (Interlocked.CompareExchange(ref cell, fresh + (1L << CountBits) + (failed ? 1 : 0), old) == old)
                break;
        }

        if (!failed && Volatile.Read(ref _share) == 0)
            return;
        if (!failed)
            Volatile.Write(ref _run, 0);
        Note(failed ? Interlocked.Increment(ref _run) : 0, now);
    }

    /// <summary>The calls that ended recently, and how many of them failed.</summary>
    public (long Calls, long Failures) Count(long now)
    {
        var (calls, failures) = (0L, 0L);
        var newest = NumberOf(now);
        for (var i = 0; i < Stretches; i++)
        {
            var cell = Volatile.Read(ref _cells[i]);
            if ((newest - (cell >>> (2 * CountBits))) is < 0 or >= Stretches)
                continue;
            calls += CallsOf(cell);
            failures += cell & MostCounted;
        }

        return (calls, failures);
    }

    /// <summary>
    /// The share of failed calls, of all recent ones or of the last ones if that is more: below 1, and falling with its age. 0 when none
    /// failed.
    /// </summary>
    public float Read(long now)
    {
        var share = Volatile.Read(ref _share);
        if (share == 0)
            return 0;
        var age = Math.Max(0, (int)((uint)now - (uint)(share >>> 32)));
        return BitConverter.UInt32BitsToSingle((uint)share) * MathF.Exp(-age / FadesIn);
    }

    /// <summary>Drops all counts, which say nothing about the future.</summary>
    public void Clear()
    {
        for (var i = 0; i < Stretches; i++)
            Volatile.Write(ref _cells[i], 0);
        Volatile.Write(ref _run, 0);
        Volatile.Write(ref _share, 0);
    }

    /// <summary>With half a call that did not fail, so that a share of all is never reached, and 1 / (1 - share) is a number.</summary>
    private void Note(int run, long now)
    {
        var (calls, failures) = Count(now);
        var share = MathF.Max(failures / (calls + 0.5f), run < Run ? 0 : run / (run + 0.5f));
        Volatile.Write(ref _share, failures == 0 ? 0 : ((long)(uint)now << 32) | BitConverter.SingleToUInt32Bits(share));
    }

    private static long CallsOf(long cell) => (cell >>> CountBits) & MostCounted;

    /// <summary>Only 24 bits are kept, which wrap after a year.</summary>
    private static long NumberOf(long now) => (now / Stretch) & 0xFFFFFF;

    [InlineArray(Stretches)]
    private struct Cells
    {
        private long _first;
    }
}
