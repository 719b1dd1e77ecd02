using System.Diagnostics.CodeAnalysis;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing;

/// <summary>
/// Something that takes foreign bytes, from its start to its end. It throws for what must not be, and lets through what the code that it
/// feeds throws. It draws from the generators that it is given and from nothing else, so a seed decides it.
/// </summary>
internal abstract class FuzzLife : IDisposable
{
    /// <summary>The next input: mostly one that is nearly good, since of bytes at random the first ones are refused.</summary>
    public abstract byte[] Draw(Randomness randomness);

    /// <summary>Feeds it one input.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="randomness">Decides what goes with them: who sends them, how, and what happens meanwhile.</param>
    public abstract void Feed(ReadOnlySpan<byte> input, Randomness randomness);

    /// <summary>What must hold when nothing foreign comes any more; and that enough of what came was taken for this to be a test.</summary>
    public abstract void End();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool isDisposing)
    {
    }

    protected static void Demand([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException(what);
    }
}
