using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// Runs actions one after the other, on the threads that post them: who posts into an empty mailbox runs what comes until it is empty
/// again. So an object that is only touched from here needs no lock, and in virtual time everything happens at the moment that the test
/// has set.
/// </summary>
internal sealed class Mailbox
{
    private readonly ConcurrentQueue<Action> _waiting = new();
    private int _count;

    /// <param name="action">It must not wait for another action. What it throws comes to whoever runs it, after what else waits.</param>
    public void Post(Action action)
    {
        _waiting.Enqueue(action);
        if (Interlocked.Increment(ref _count) != 1)
            return;
        Exception? failed = null;
        do
        {
            // It is there: it was put in before it was counted.
            _waiting.TryDequeue(out var next);
            try
            {
                next!();
            }
            catch (Exception error)
            {
                // Else one failure would leave all that follows lying, for ever.
                failed ??= error;
            }
        }
        while (Interlocked.Decrement(ref _count) != 0);

        if (failed is not null)
            ExceptionDispatchInfo.Throw(failed);
    }
}
