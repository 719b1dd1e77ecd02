using Gossip.Loop;

namespace Gossip.Hosting;

/// <summary>
/// Says goodbye when the process ends without stopping its host: by an unhandled exception, as from a server whose port is taken, or by a
/// call of <see cref="Environment.Exit"/>. The others then see that the node left, and need not detect it.
/// </summary>
internal sealed class ProcessExitLeave : IDisposable
{
    /// <summary>The process waits for it, and a user or a supervisor may wait for the process.</summary>
    private static readonly TimeSpan AtMost = TimeSpan.FromMilliseconds(500);

    private readonly GossipNode _node;

    public ProcessExitLeave(GossipNode node)
    {
        _node = node;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
    }

    private void OnUnhandledException(object? sender, UnhandledExceptionEventArgs happened)
    {
        if (happened.IsTerminating)
            Say();
    }

    private void OnExit(object? sender, EventArgs happened) => Say();

    private void Say()
    {
        try
        {
            // The loop sends on its own thread; the pool, which may be ending too, is only needed to learn that it has.
            _node.LeaveAsync(AtMost).AsTask().Wait(AtMost);
        }
        catch (Exception)
        {
            // The process ends for a reason of its own, which must stay the visible one.
        }
    }
}
