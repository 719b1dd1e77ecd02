using System.Collections.Concurrent;
using System.Globalization;
using Gossip.AspNetCore.Resources;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Loop;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Events;

/// <summary>
/// Tells all who follow what happens. The loop knows nothing of them: as long as there are any, one timer looks at what the loop keeps
/// anyway, writes what is new as bytes, once, and wakes the subscribers, who send it from the thread pool.
/// </summary>
/// <param name="lifecycle">The node.</param>
/// <param name="time">The clock of the looks.</param>
/// <param name="logger">Hears of failures.</param>
internal sealed partial class EventStream(GossipLifecycle lifecycle, TimeProvider time, ILogger logger)
{
    /// <summary>Subscribers at a time: each takes a connection.</summary>
    public const int MostSubscribers = 1_024;

    /// <summary>Bytes of written events that are kept while anybody follows, about a thousand.</summary>
    public const int MostBytes = 512 * 1024;

    /// <summary>Between two looks: what a person takes for at once, and seldom enough for a thousand to be woken.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks for which those that the end of the process has not woken, as they are written to, may take what they have.</summary>
    private const int LastLooks = 10;

    /// <summary>The pace of the signs of life, as a number of looks: proxies close a connection that is silent for a minute.</summary>
    private const int LooksPerBeat = 100;

    private readonly ConcurrentDictionary<EventSubscriber, bool> _subscribers = new();
    private EventList _newest = EventList.Unread;
    private ITimer? _timer;
    private long _looks;
    private int _lastLooks;
    private long _shown = -1;
    private long _refused;
    private long _ended;
    private int _count;
    private int _isTicking;
    private int _isLooking;

    /// <summary>
    /// How long one follows without a pause. Then its client comes back by itself, and is let in anew: or it is not, since its cookie has
    /// expired or its user may look no more.
    /// </summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What there is to tell.</summary>
    public EventList Newest => Volatile.Read(ref _newest);

    /// <summary>Whether the process stops: an open stream would hold up its end.</summary>
    public bool IsEnding => lifecycle.IsStopping;

    /// <summary>Whether one that began then has followed for as long as one may.</summary>
    public bool IsOver(long began) => time.GetElapsedTime(began) > Longest;

    public EventStreamFigures Figures => new(Volatile.Read(ref _count), Interlocked.Read(ref _refused), Interlocked.Read(ref _ended));

    /// <summary>The most events that are on their way to one of the subscribers.</summary>
    internal int MostWaiting => _subscribers.Keys.Select(one => one.Waiting).DefaultIfEmpty().Max();

    /// <summary>Begins to follow; null when there are as many as may be, which is counted.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The id of the last event that the client has; null for none.</param>
    public EventSubscriber? TryEnter(HttpContext http, string? id)
    {
        if (Interlocked.Increment(ref _count) > MostSubscribers)
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _refused);
            return null;
        }

        long? taken = TryParse(id, out var sequence) ? sequence : null;
        var unknown = id is null ? null
            : taken is null ? IsId(id) ? "the id is not one of this process: it has started since" : "the id is none of an event"
            : lifecycle.Started!.EventsSince(sequence).IsGap ? "some of the events since are not kept any more"
            : null;
        var entered = new EventSubscriber(http, taken, unknown, time.GetTimestamp());
        _subscribers[entered] = true;
        if (Interlocked.Exchange(ref _isTicking, 1) == 0)
            Start();
        return entered;
    }

    /// <summary>The subscriber has ended.</summary>
    public void Leave(EventSubscriber subscriber)
    {
        if (_subscribers.TryRemove(subscriber, out _))
            Interlocked.Decrement(ref _count);
    }

    /// <summary>Whether a text may be an id at all.</summary>
    public static bool IsId(string text) => text.Split('-') is [var life, var number]
        && ulong.TryParse(life, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The id of an event of this process.</summary>
    public static string IdOf(GossipNode node, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{node.Incarnation.Value}-{sequence}");

    /// <summary>The id of an event; null where the node does not run.</summary>
    public string? IdOf(long sequence) => lifecycle.Started is { } node ? IdOf(node, sequence) : null;

    /// <summary>Whether an id is one of this process, and of which event.</summary>
    public bool TryParse(string? id, out long sequence)
    {
        sequence = 0;
        return id?.Split('-') is [var life, var number] && lifecycle.Started is { } node
            && life == node.Incarnation.Value.ToString(CultureInfo.InvariantCulture)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    private void Start()
    {
        var timer = _timer ??= time.CreateTimer(static stream => ((EventStream)stream!).Tick(), this, Timeout.InfiniteTimeSpan, Pace);
        timer.Change(TimeSpan.Zero, Pace);
    }

    /// <summary>Without subscribers the timer rests, and what was written is let go.</summary>
    private void Tick()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
            return;
        try
        {
            if (_subscribers.IsEmpty)
                Rest();
            else
                Look();
        }
        catch (Exception error)
        {
            // Nobody else would hear of it: an exception of a timer ends the process.
            LogFailed(logger, error);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private void Rest()
    {
        _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Replace(EventList.Unread);
        _shown = -1;
        Interlocked.Exchange(ref _isTicking, 0);
        // One that came in between found the timer running.
        if (!_subscribers.IsEmpty && Interlocked.Exchange(ref _isTicking, 1) == 0)
            Start();
    }

    private void Look()
    {
        var isBeat = ++_looks % LooksPerBeat == 0;
        if (isBeat)
            CutStuck();
        if (IsEnding || lifecycle.Started is not { } node)
        {
            // They look whether the stream ends. Those that do not read would hold up the end of the host.
            if (++_lastLooks > LastLooks)
                CutStuck();
            Replace(Newest.With(Newest.Revision, Newest.Beat));
            return;
        }

        var list = Read(Newest, node);
        if (isBeat)
            list = list.With(list.Revision, list.Beat + 1);
        if (!ReferenceEquals(list, Newest))
            Replace(list);
    }

    private EventList Read(EventList before, GossipNode node)
    {
        var reading = node.EventsSince(Math.Max(before.Last, 0));
        var list = before;
        if (before.Last < 0 || reading.Last > before.Last)
        {
            var self = node.Identity.Id;
            // At the first look it is no loss that there was more: whoever asks for that is told when it comes.
            var gone = before.Last >= 0 ? reading.Gone : 0;
            list = before.With([.. reading.Events.Select(Write)], gone, reading.Last, MostBytes);

            EventFrame Write(NodeEvent happened) => EventFrame.Of(
                "happened", IdOf(node, happened.Sequence), happened.Sequence, EventPart.Of(happened, self), PageJson.Compact.EventPart);
        }

        var snapshot = node.Published;
        if (snapshot.Revision == _shown)
            return list;
        _shown = snapshot.Revision;
        return list.With(
            EventFrame.Of(
                "revision", null, 0, new RevisionPart(snapshot.Revision, snapshot.Members.Count, snapshot.Services.Count),
                PageJson.Compact.RevisionPart),
            list.Beat);
    }

    private void Replace(EventList next)
    {
        var before = Newest;
        Volatile.Write(ref _newest, next);
        before.Outdate();
    }

    /// <summary>
    /// Whoever has taken nothing from one beat to the next does not read: it is cut off, and told what it missed when it is back.
    /// </summary>
    private void CutStuck()
    {
        foreach (var one in _subscribers.Keys.Where(one => one.IsStuck()))
        {
            Interlocked.Increment(ref _ended);
            one.Cut();
        }
    }

    [LoggerMessage(100, LogLevel.Error,
        "A look for what has happened failed; the next one is in a moment. This is a bug: please report it")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
