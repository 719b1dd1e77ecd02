using System.Threading.Channels;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Transport;
using Microsoft.Extensions.Logging;

namespace Gossip.Loop;

/// <summary>
/// The one loop that owns the protocol's <see cref="Node"/>. It runs on a thread of its own, never on the thread pool: an application that
/// starves the pool must not make its node look dead or accuse others. Everybody else asks it through a bounded queue, and reads what it
/// publishes. This file is what other threads see; the loop itself is in <c>GossipNode.Loop.cs</c>.
/// </summary>
internal sealed partial class GossipNode : IAsyncDisposable
{
    /// <summary>Questions that wait for the loop: more callers than this wait their turn.</summary>
    private const int QueuedCommands = 1024;

    /// <summary>Seed addresses that wait for the loop: sources repeat themselves, so that what is dropped comes again.</summary>
    private const int QueuedSeeds = 256;

    private readonly Channel<LoopCommand> _commands =
        Channel.CreateBounded<LoopCommand>(new BoundedChannelOptions(QueuedCommands) { SingleReader = true });

    private readonly Channel<PeerAddress> _found =
        Channel.CreateBounded<PeerAddress>(new BoundedChannelOptions(QueuedSeeds) { SingleReader = true });

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Node _node;
    private readonly ITransport _transport;
    private readonly SnapshotFeed _feed;
    private readonly SnapshotBuilder _snapshots;
    private readonly NodeClock _clock;
    private readonly EventJournal _journal;
    private readonly ILogger _logger;
    private readonly StrangerBudget _datagramBudget;
    private NodeIdentity _identity;
    private long _seedsDropped;
    private int _started;
    private int _disposed;
    private int _stopping;
    private int _asked;

    internal GossipNode(
        NodeOptions options, NodeIdentity identity, Randomness randomness, ITransport transport,
        SnapshotFeed feed, NodeClock clock, ILogger logger)
    {
        _identity = identity;
        _node = new Node(options, randomness, clock.Now);
        _transport = transport;
        _datagramBudget = new StrangerBudget(new StrangerRates(), _node.KnowsLiveAt);
        _feed = feed;
        _clock = clock;
        _logger = logger;
        feed.BalancingClock.Follow(clock.Now);
        _snapshots = new SnapshotBuilder(_node, clock, feed.BalancingClock, Loads);
        _journal = new EventJournal(options, logger);
    }

    /// <summary>Who the node is and where, for people and for those that announce it.</summary>
    internal NodeIdentity Identity => Volatile.Read(ref _identity);

    /// <summary>How long ago the node was made.</summary>
    internal TimeSpan Uptime => _clock.Now.SinceStart;

    /// <summary>The seeds of the options that are addresses, and so need nobody to resolve them: <see cref="Node.FollowSeeds"/>.</summary>
    internal IReadOnlyList<PeerAddress> Seeds { get; init; } = [];

    /// <summary>Where on this machine others may listen: <see cref="Node.FollowSeeds"/>.</summary>
    internal IReadOnlyList<PeerAddress> LocalPorts { get; init; } = [];

    /// <summary>Who looks on, if anybody. Set before <see cref="Start"/>.</summary>
    internal INodeObserver? Observer { get; set; }

    /// <summary>What the loop does before its first turn. Set before <see cref="Start"/>.</summary>
    internal Action<NodeOptions> WarmsUp { get; set; } = WarmUp.Once;

    /// <summary>Publishes the first snapshot, and starts the loop.</summary>
    internal void Start()
    {
        Open();
        new Thread(Run) { IsBackground = true, Name = "gossip" }.Start();
    }

    /// <summary>Publishes the first snapshot. Whoever calls this takes the loop's turns, until there are no more.</summary>
    internal void Open()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("The node was started before.");
        _feed.Publish(_snapshots.Build());
        Meter?.Node = this;
        FollowSeeds();
    }

    /// <summary>Tries an address. Cheap, and dropped and counted when too many wait.</summary>
    internal void Join(PeerAddress seed)
    {
        if (_found.Writer.TryWrite(seed))
            WakeToDo();
        else
            Interlocked.Increment(ref _seedsDropped);
    }

    /// <summary>
    /// Has the loop do something with the node, and hands back the result. An exception goes to the caller, not to the loop. What is queued
    /// is done, so cancellation ends only the wait for a place in the queue: nobody is told that something was cancelled which then
    /// happens.
    /// </summary>
    internal async ValueTask<T> AskAsync<T>(Func<Node, Instant, IOutbox, T> ask, CancellationToken cancellationToken = default)
    {
        var command = new LoopCommand<T>(ask);
        await QueueAsync(command, cancellationToken).ConfigureAwait(false);
        return await command.Answered.ConfigureAwait(false);
    }

    /// <summary>
    /// Has the loop do something with the node at its next turn. Neither waits nor needs a thread of the pool, so it may be called where
    /// the pool is blocked; false when too much is queued already.
    /// </summary>
    internal bool TryPost(Action<Node, Instant, IOutbox> act)
    {
        var command = new LoopCommand<bool>((node, now, outbox) =>
        {
            act(node, now, outbox);
            return true;
        });
        if (!_commands.Writer.TryWrite(command))
            return false;
        WakeToDo();
        return true;
    }

    /// <summary>Says goodbye, and waits until it was told often enough or the time is over. A node that has stopped says nothing.</summary>
    internal async ValueTask LeaveAsync(TimeSpan atMost)
    {
        using var patience = new CancellationTokenSource(atMost);
        try
        {
            var leave = new LoopCommand<bool>((node, now, outbox) =>
            {
                node.Leave(now, outbox);
                return true;
            });
            await QueueAsync(leave, patience.Token).ConfigureAwait(false);
            await leave.Answered.WaitAsync(patience.Token).ConfigureAwait(false);
            await Task.WhenAny(_left.Task, _ended.Task).WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or OperationCanceledException)
        {
            // It has stopped, or there is nobody to tell.
        }
    }

    /// <summary>Tells the cluster that this node is reached elsewhere from now on. One that has left tells nothing.</summary>
    /// <exception cref="InvalidOperationException">The node has stopped.</exception>
    internal async ValueTask ReaddressAsync(PeerAddress advertised, string because) => await AskAsync((node, now, outbox) =>
    {
        // Without the interface, as at the start. First the identity: what the node publishes is logged with it.
        Volatile.Write(ref _identity, Identity with { Advertised = advertised, AdvertisedBecause = because });
        _journal.Own = advertised;
        node.Readdress(now, advertised.WithScope(0), outbox);
        _appearancesTold = node.ObservedAddresses.Count;
        return true;
    }).ConfigureAwait(false);

    /// <summary>Takes other keys.</summary>
    /// <param name="keys">The keys, the one that seals first.</param>
    /// <param name="fingerprints">What tells them apart.</param>
    /// <exception cref="ArgumentException">The node would go on without a key, or have one from now on.</exception>
    /// <exception cref="InvalidOperationException">The node has stopped.</exception>
    internal async ValueTask ChangeKeysAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, IReadOnlyList<string> fingerprints) =>
        await AskAsync((node, now, _) =>
        {
            node.ChangeKeys(now, keys);
            Volatile.Write(ref _identity, Identity with { KeyFingerprints = fingerprints });
            return true;
        }).ConfigureAwait(false);


    /// <summary>What was said of a member, and what came of it: the member's name, id or address.</summary>
    internal ValueTask<IReadOnlyList<NodeEvent>> WhyAsync(string member, CancellationToken cancellationToken = default) =>
        ReadAsync((_, _) => _journal.Why(member), cancellationToken);

    /// <summary>What happened after the event of a number, 0 for the beginning, as far as it is kept. It does not ask the loop.</summary>
    internal JournalReading EventsSince(long sequence) => _journal.EventsSince(sequence);

    /// <summary>Stops at once, without a goodbye: to the others it looks like a crash, unless the node has left before.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Meter?.Node = null;
            // First no more questions, then the end: so the loop refuses the last of them, and none waits for ever.
            _commands.Writer.TryComplete();
            Volatile.Write(ref _stopping, 1);
            if (Volatile.Read(ref _started) == 0)
                _ended.TrySetResult();
            _transport.Wake();
            await _ended.Task.ConfigureAwait(false);
            _node.Dispose();
            await _transport.DisposeAsync().ConfigureAwait(false);
            await _journal.DisposeAsync().ConfigureAwait(false);
            _feed.Complete();
        }

        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Has the loop look at the node. That changes nothing, so no snapshot follows, and the answer may be abandoned.</summary>
    private async ValueTask<T> ReadAsync<T>(Func<Node, Instant, T> read, CancellationToken cancellationToken)
    {
        var command = new LoopCommand<T>((node, now, _) => read(node, now)) { OnlyReads = true };
        await QueueAsync(command, cancellationToken).ConfigureAwait(false);
        return await command.Answered.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask QueueAsync(LoopCommand command, CancellationToken cancellationToken)
    {
        try
        {
            await _commands.Writer.WriteAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw LoopCommand.Stopped();
        }

        WakeToDo();
    }

    /// <summary>Has the loop look into its queues. First the queue, then the flag, then the call.</summary>
    private void WakeToDo()
    {
        Volatile.Write(ref _asked, 1);
        _transport.Wake();
    }
}
