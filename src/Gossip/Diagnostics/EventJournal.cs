using System.Threading.Channels;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Diagnostics;

/// <summary>
/// Keeps the last events, numbered, and logs them. Any thread may read what is kept. Logging happens on the thread pool: a console that is
/// not read blocks its writer, and that must not be the loop.
/// </summary>
internal sealed partial class EventJournal : IAsyncDisposable
{
    /// <summary>
    /// Bytes of the events kept: about 800 suspicions, or 1,300 joins, which is minutes of a large cluster in trouble and months of a
    /// quiet one.
    /// </summary>
    internal const int KeptBytes = 256 * 1024;

    /// <summary>
    /// Bytes of those of services kept beside them, about 200, so that a day's churn of services does not push out why a member died.
    /// </summary>
    internal const int KeptBytesOfServices = 64 * 1024;

    /// <summary>Events that a report has: the rest is for whoever asks for it.</summary>
    private const int Reported = 96, ReportedOfServices = 32;

    /// <summary>Events that wait to be logged: more are not logged.</summary>
    private const int Waiting = 1024;

    /// <summary>The shortest time between two reports of a failing loop.</summary>
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(10);

    private readonly Channel<object> _toLog = Channel.CreateBounded<object>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly EventRing _members = new(KeptBytes);
    private readonly EventRing _services = new(KeptBytesOfServices);
    private readonly NodeOptions _self;
    private readonly ILogger _logger;
    private readonly Task _logging;
    private volatile Elsewhere _own;
    private Instant _failureSilentUntil = Instant.Start;
    private long _dropped;
    private long _last;
    private bool _isSynchronized;

    /// <summary>How many were there before this node: written by the loop, and no more when the log reads it.</summary>
    private int _found;

    public EventJournal(NodeOptions self, ILogger logger)
    {
        _self = self;
        _own = new Elsewhere(self.Address);
        _logger = logger;
        _logging = Task.Run(LogAsync);
    }

    /// <summary>Entries that were never logged, because the log did not keep up. Read by the loop, which counts them.</summary>
    public long Dropped => _dropped;

    /// <summary>Entries that wait to be logged. From any thread.</summary>
    public int Queued => _toLog.Reader.Count;

    /// <summary>Where others reach this node. Written by the loop.</summary>
    public PeerAddress Own
    {
        get => _own.Address;
        set => _own = new Elsewhere(value);
    }

    /// <summary>Called by the loop.</summary>
    /// <param name="happened">What happened.</param>
    /// <param name="at">When, by the wall clock.</param>
    /// <param name="testimonies">The testimonies, with names.</param>
    public void Add(in ClusterEvent happened, DateTimeOffset at, IReadOnlyList<NamedTestimony> testimonies)
    {
        var member = happened.Member;
        var copy = new NodeEvent(at.UtcDateTime, happened.Kind, member.Profile, testimonies)
        {
            Sequence = _last + 1, RecordsVersion = member.RecordsVersion,
            What = RecordNews.Of(happened.Changes),
            Aside = happened.Kind == ClusterEventKind.ServicesChanged && happened.Changes.Count == 0 ? RecordNews.OfAll(member) : "",
        };
        (copy.IsOfServices ? _services : _members).Add(copy);
        // Last: whoever reads this number finds the events up to it.
        Volatile.Write(ref _last, copy.Sequence);
        // Waking a pool thread for a disabled log level would cost more than all that the loop does for the event.
        if (!_isSynchronized && copy.Kind == ClusterEventKind.MemberJoined)
            AddFound(copy);
        else if (_logger.IsEnabled(LevelOf(copy.Kind)))
            Write(copy);
        _isSynchronized |= copy.Kind == ClusterEventKind.Synchronized;
    }

    /// <summary>Called by the loop, with the time by its clock.</summary>
    public void Add(Exception failure, Instant now)
    {
        if (now < _failureSilentUntil)
            return;
        _failureSilentUntil = now + FailurePause;
        Write(failure);
    }

    /// <summary>Called by the loop.</summary>
    public void AddStranger(PeerAddress peer, DropReason reason) => Write(new Stranger(peer, reason));

    /// <summary>Called by the loop.</summary>
    public void AddAppearance(PeerAddress address) => Write(new Elsewhere(address));

    /// <summary>What happened after the event of a number, 0 for the beginning, as far as it is kept. From any thread.</summary>
    public JournalReading EventsSince(long sequence)
    {
        var last = Volatile.Read(ref _last);
        var events = new List<NodeEvent>();
        _members.AddTo(events, sequence, last);
        _services.AddTo(events, sequence, last);
        events.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        var dropped = Math.Max(_members.Dropped, _services.Dropped);
        return new JournalReading(events, last, Gone: dropped > sequence ? dropped : 0);
    }

    /// <summary>
    /// What happened of late, the oldest first; of services no more than the last, since they would push out the others. From any thread.
    /// </summary>
    public IReadOnlyList<NodeEvent> Recent()
    {
        var all = EventsSince(0).Events;
        return
        [
            .. all.Where(one => !one.IsOfServices).TakeLast(Reported)
                .Concat(all.Where(one => one.IsOfServices).TakeLast(ReportedOfServices)).OrderBy(one => one.Sequence),
        ];
    }

    /// <summary>What was said of a member, and the consequences, the oldest first. From any thread.</summary>
    public IReadOnlyList<NodeEvent> Why(string member) =>
        [.. EventsSince(0).Events.Where(happened => happened.IsVerdict && happened.IsOf(member))];

    public async ValueTask DisposeAsync()
    {
        _toLog.Writer.TryComplete();
        await _logging.ConfigureAwait(false);
    }

    /// <summary>
    /// A member that was there before this node. All of them are told in one line, when the node has the state of the cluster.
    /// </summary>
    private void AddFound(NodeEvent happened)
    {
        _found++;
        if (_logger.IsEnabled(LogLevel.Debug))
            Write(new Found(happened.Name, happened.Address));
    }

    private void Write(object entry)
    {
        if (!_toLog.Writer.TryWrite(entry))
            _dropped++;
    }

    private async Task LogAsync()
    {
        await foreach (var entry in _toLog.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Log(entry);
            }
            catch (Exception)
            {
                // A failure of the log cannot be logged.
            }
        }
    }

    private void Log(object entry)
    {
        switch (entry)
        {
            case NodeEvent happened:
                Log(happened);
                break;
            case Found found:
                MemberFound(_logger, found.Name, found.Address);
                break;
            case Stranger stranger:
                Log(stranger);
                break;
            case Elsewhere seen:
                SeenElsewhere(_logger, seen.Address, Own);
                break;
            case Exception failure:
                LoopFailed(_logger, failure);
                break;
        }
    }

    /// <summary>A member that was there before this node.</summary>
    private sealed record Found(string Name, PeerAddress Address);

    /// <summary>An address: this node's, or another from which its datagrams come to others.</summary>
    private sealed record Elsewhere(PeerAddress Address);

    /// <summary>A peer whose packets the node cannot open, and why.</summary>
    private sealed record Stranger(PeerAddress Peer, DropReason Reason);
}
