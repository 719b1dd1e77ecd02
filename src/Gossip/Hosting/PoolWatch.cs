using Gossip.Loop;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>
/// Says of this process's instances that they are degraded while its thread pool runs nothing: the node, which has a thread of its own,
/// goes on answering for a process that answers no request. The node's loop asks once a second and tells the cluster itself, so none of it
/// waits for the pool.
/// <para>It counts readings, not time: a work item that is found waiting by three readings in a row has waited for three seconds in which
/// the node's thread ran. A process that stands still as a whole, for a collection or on a machine that sleeps, is found late once, however
/// long it lasted. A start that blocks threads while the pool grows, by one or two a second, is over in less. The way back takes as many
/// readings that find no item waiting: a pool that runs something now and then is no better to its callers.</para>
/// </summary>
internal sealed partial class PoolWatch(LoadMeter meter, Registrations registrations, GossipNode node, ILogger logger)
{
    /// <summary>What the cluster is told.</summary>
    public const string Reason = "the thread pool is blocked: a work item has waited for 3 s";

    /// <summary>Readings in a row that turn the verdict, either way.</summary>
    private const int Enough = 3;

    private int _against;
    private bool _isBlocked;
    private bool _isTold = true;

    /// <summary>How busy the process is. Called about once a second, by the node's loop. Does not wait.</summary>
    public Load Read()
    {
        // Who offers nothing is chosen by nobody, so that nobody needs to know how busy it is.
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
        // Written when the pool runs again: a log may block whoever writes to it, which must not be the loop.
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
