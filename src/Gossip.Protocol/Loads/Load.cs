namespace Gossip.Protocol;

/// <summary>
/// How busy a member says it is: a few small numbers, each cut to its range. A load is an estimate, is sent seldom, and grows old: it helps
/// to choose among members that are up, and says nothing about whether one is up.
/// </summary>
internal readonly record struct Load
{
    /// <summary>A processor load below this, in percent, counts as idle: so little varies by itself.</summary>
    private const int LeastCpuPercent = 5;

    private readonly ushort _inFlight;
    private readonly ushort _queueDelayMs;
    private readonly byte _cpuPercent;

    /// <summary>Makes a load; what lies outside of a range is cut to it.</summary>
    /// <param name="inFlight">Requests under way, 0 to 65,535.</param>
    /// <param name="queueDelayMs">How long a request waits before it is taken up, in milliseconds, 0 to 65,535.</param>
    /// <param name="cpuPercent">The share of the processors that the process may use which it does use, in percent, 0 to 100.</param>
    public Load(int inFlight, int queueDelayMs, int cpuPercent)
    {
        _inFlight = (ushort)Math.Clamp(inFlight, 0, ushort.MaxValue);
        _queueDelayMs = (ushort)Math.Clamp(queueDelayMs, 0, ushort.MaxValue);
        _cpuPercent = (byte)Math.Clamp(cpuPercent, 0, 100);
    }

    /// <summary>No load at all, which is what a member that reports nothing has.</summary>
    public static Load Idle => default;

    /// <summary>For how long a load is fully trusted: it is sent again before that, and takes a while to reach all members.</summary>
    public static TimeSpan FreshFor { get; } = TimeSpan.FromSeconds(8);

    /// <summary>From this age on a load says nothing, and is not passed on.</summary>
    public static TimeSpan StaleAfter { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Requests under way, 0 to 65,535.</summary>
    public int InFlight => _inFlight;

    /// <summary>How long a request waits before it is taken up, in milliseconds, 0 to 65,535.</summary>
    public int QueueDelayMs => _queueDelayMs;

    /// <summary>The share of the processors that the process may use which it does use, in percent, 0 to 100.</summary>
    public int CpuPercent => _cpuPercent;

    /// <summary>
    /// All three in the lower 40 bits of one number, so that a field can be read and written at once. Its order means nothing.
    /// </summary>
    public ulong Packed => ((ulong)_inFlight << 24) | ((ulong)_queueDelayMs << 8) | _cpuPercent;

    /// <summary>Whether no request waits and the processors have next to nothing to do.</summary>
    internal bool IsNegligible => _inFlight == 0 && _queueDelayMs == 0 && _cpuPercent < LeastCpuPercent;

    /// <summary>
    /// How much a load is trusted at an age, from 1 to 0: 1 until <see cref="FreshFor"/>, 0 from <see cref="StaleAfter"/> on, and linear in
    /// between. The reader fills the rest with what it assumes of a member that reports nothing.
    /// </summary>
    public static double TrustAt(TimeSpan age) =>
        age <= FreshFor ? 1 : age >= StaleAfter ? 0 : (StaleAfter - age) / (StaleAfter - FreshFor);

    /// <summary>The load that gave <see cref="Packed"/>; other bits are ignored.</summary>
    public static Load Unpack(ulong packed) => new((ushort)(packed >> 24), (ushort)(packed >> 8), (byte)packed);

    /// <summary>
    /// Whether the difference is worth sending: a tenth of what was sent, and at least one request, one millisecond or five percent.
    /// </summary>
    internal bool IsNewsAfter(Load told) =>
        (this == Idle && told != Idle)
        || IsFar(_inFlight, told._inFlight, 1)
        || IsFar(_queueDelayMs, told._queueDelayMs, 1)
        || IsFar(_cpuPercent, told._cpuPercent, LeastCpuPercent);

    private static bool IsFar(int now, int told, int least) => Math.Abs(now - told) >= Math.Max(least, told / 10);
}
