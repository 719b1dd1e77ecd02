using Gossip.Loop;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>
/// Sets this process's instances to degraded while its thread pool runs nothing, since the node, which has a thread of its own, goes on
/// answering for a process that answers no request. The node's loop reads it once a second and tells the cluster itself, so nothing waits
/// for the pool.
/// <para>
/// It counts readings, not time: a work item that is found waiting by three readings in a row has waited for three seconds in which the
/// node's thread ran. A process that stops as a whole, for a collection or on a sleeping machine, is found late once, however long that
/// lasts. A start that blocks threads while the pool grows, by one or two a second, is over in less. The way back takes as many readings
/// that find no item waiting, since a pool that only runs something at times is no better to its callers.
/// </para>
/// </summary>
internal sealed partial class PoolWatch(LoadMeter meter, Registrations registrations, GossipNode node, ILogger logger)
{
    /// <summary>The reason that the cluster is told.</summary>
    public const string Reason = "the thread pool is blocked: a work item has waited for 3 s";

    /// <summary>Readings in a row that change the verdict, either way.</summary>
    private const int Enough = 3;

    private int _against;
    private bool _isBlocked;
    private bool _isTold = true;

    /// <summary>How busy the process is. Called about once a second, by the node's loop. Does not wait.</summary>
    public Load Read()
    {
        // A process without instances is never chosen, so no node needs to know how busy it is.
        if (registrations.IsEmpty && !_isBlocked)
        {
            _against = 0;
            return Load.Idle;
        }

        var load = meter.Read();
        _against = meter.IsPoolLate == _isBlocked ? 0 : _against + 1;
        if (_against >= Enough)
            Turn();
        if (!_isTold)
            _isTold = registrations.TryAil(node, _isBlocked ? Reason : null);
        return load;
    }

    private void Turn()
    {
        _against = 0;
        _isBlocked = !_isBlocked;
        _isTold = false;
        // Written when the pool runs again: a log may block its writer, which must not be the loop.
        var told = (Logger: logger, IsBlocked: _isBlocked);
        ThreadPool.UnsafeQueueUserWorkItem(static told => Tell(told.Logger, told.IsBlocked), told, preferLocal: false);
    }

    private static void Tell(ILogger logger, bool isBlocked)
    {
        if (isBlocked)
            Blocked(logger);
        else
            Runs(logger);
    }

    [LoggerMessage(72, LogLevel.Warning,
        "A work item has waited for 3 s for a thread of the pool, "
            + "and the cluster was told that the instances of this process are degraded. "
        + "Look for calls that block threads of the pool, such as Task.Wait, Task.Result and locks that are held for long")]
    private static partial void Blocked(ILogger logger);

    [LoggerMessage(73, LogLevel.Information, "The thread pool runs again, and the cluster is told so")]
    private static partial void Runs(ILogger logger);
}
