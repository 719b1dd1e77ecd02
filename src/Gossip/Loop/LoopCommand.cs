using Gossip.Protocol;

namespace Gossip.Loop;

/// <summary>Something that the loop is asked to do.</summary>
internal abstract class LoopCommand
{
    /// <summary>Whether it does not change the node.</summary>
    public bool OnlyReads { get; init; }

    /// <summary>Done by the loop. Does not throw.</summary>
    public abstract void Run(Node node, Instant now, IOutbox outbox);

    /// <summary>Tells the caller the result.</summary>
    public abstract void Answer();

    /// <summary>Tells the caller that the loop has ended.</summary>
    public abstract void Refuse();

    public static InvalidOperationException Stopped() => new("The gossip node has stopped.");
}

/// <summary>
/// Something that the loop is asked to do, and that has a result. A caller that waits for it continues on the thread pool.
/// </summary>
internal sealed class LoopCommand<T>(Func<Node, Instant, IOutbox, T> ask) : LoopCommand
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private Exception? _error;

    public Task<T> Answered => _answer.Task;

    public override void Run(Node node, Instant now, IOutbox outbox)
    {
        try
        {
            _result = ask(node, now, outbox);
        }
        catch (Exception error)
        {
            _error = error;
        }
    }

    public override void Answer()
    {
        if (_error is null)
            _answer.TrySetResult(_result!);
        else
            _answer.TrySetException(_error);
    }

    public override void Refuse() => _answer.TrySetException(Stopped());
}
