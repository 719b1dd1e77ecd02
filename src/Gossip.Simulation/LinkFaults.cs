using System.Globalization;
using System.Text;

namespace Gossip.Simulation;

/// <summary>What a way through the network does to datagrams. Shares are from 0 to 1; by default there are no faults.</summary>
internal sealed record LinkFaults
{
    /// <summary>A network without faults: delays of 0.1 to 0.5 ms.</summary>
    public static LinkFaults None { get; } = new();

    /// <summary>The share that is lost, each independently.</summary>
    public double Loss { get; init; }

    /// <summary>The chance per datagram that a link turns bad: then everything is lost until it turns good (Gilbert and Elliott).</summary>
    public double BurstStart { get; init; }

    /// <summary>The chance per datagram that a bad link turns good.</summary>
    public double BurstEnd { get; init; } = 1;

    /// <summary>The share that arrives twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The share that comes late, by up to <see cref="ReorderBy"/>.</summary>
    public double Reorder { get; init; }

    /// <summary>How late, at most.</summary>
    public TimeSpan ReorderBy { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The chance per datagram that an old one, of the last 60 s, is delivered to its target again.</summary>
    public double Replay { get; init; }

    /// <summary>The share whose bytes are changed: a bit is flipped, the end is missing, or all is random.</summary>
    public double Corruption { get; init; }

    /// <summary>
    /// The share that never leaves, because the sender's buffer is full or sending fails. The outbox reports nothing, so to the protocol it
    /// is loss at the sender; what the shell does with the errors of real sockets is tested there.
    /// </summary>
    public double SendFailure { get; init; }

    /// <summary>Larger datagrams are lost.</summary>
    public int LargestDatagram { get; init; } = int.MaxValue;

    /// <summary>The shortest way. Datagrams overtake each other when the longest differs.</summary>
    public TimeSpan ShortestDelay { get; init; } = TimeSpan.FromMilliseconds(0.1);

    /// <summary>The longest way.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMilliseconds(0.5);

    /// <summary>The share that takes up to <see cref="SpikeDelay"/> longer.</summary>
    public double Spikes { get; init; }

    /// <summary>How much longer, at most.</summary>
    public TimeSpan SpikeDelay { get; init; }

    /// <summary>
    /// Whether streams suffer the losses too, as TCP does: a handshake that loses a packet comes too late, and lost data come later.
    /// </summary>
    public bool LosesStreams { get; init; }

    /// <summary>Whether a link remembers something from one datagram to the next.</summary>
    internal bool IsBursty => BurstStart > 0;

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"delay {ShortestDelay.TotalMilliseconds:0.#}–{LongestDelay.TotalMilliseconds:0.#} ms");
        Add(text, "loss", Loss);
        if (IsBursty)
            text.Append(CultureInfo.InvariantCulture, $", bursts {BurstStart:0.####}/{BurstEnd:0.####}");
        Add(text, "duplication", Duplication);
        Add(text, $"reorder by {ReorderBy.TotalSeconds:0.#} s", Reorder);
        Add(text, "replay", Replay);
        Add(text, "corruption", Corruption);
        Add(text, "send failure", SendFailure);
        Add(text, $"spikes of {SpikeDelay.TotalMilliseconds:0} ms", Spikes);
        if (LargestDatagram != int.MaxValue)
            text.Append(CultureInfo.InvariantCulture, $", at most {LargestDatagram} B");
        if (LosesStreams)
            text.Append(", streams too");
        return text.ToString();
    }

    private static void Add(StringBuilder text, string what, double share)
    {
        if (share > 0)
            text.Append(CultureInfo.InvariantCulture, $", {what} {share * 100:0.##} %");
    }
}
