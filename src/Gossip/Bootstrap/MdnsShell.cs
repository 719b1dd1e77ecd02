using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Channels;
using Gossip.Dns.Multicast;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// Lends <see cref="MulticastDns"/> its sockets and its clock: one machine for every link, all owned by one loop. It publishes this
/// node from <see cref="Start"/> to <see cref="DisposeAsync"/>, which says goodbye, and tells whom it sees. No fault of an interface
/// is fatal: links are listed anew every few seconds, so one that comes up later is joined, and one that failed is tried again.
/// </summary>
internal sealed partial class MdnsShell(MdnsOptions options, TimeProvider time, ILogger<MdnsShell> logger) : IAsyncDisposable
{
    /// <summary>Packets waiting for the loop: a second of a busy link. More are dropped and counted; mDNS repeats itself.</summary>
    private const int LongestQueue = 256;

    /// <summary>Packets taken in before deadlines are looked at again, so that a flood cannot hold them up.</summary>
    private const int PacketsPerTurn = 64;

    /// <summary>So that a fault that repeats itself does not take a whole processor.</summary>
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ListingInterval = TimeSpan.FromSeconds(5);

    /// <summary>The null entry is the alarm: a deadline has come, or the end.</summary>
    private readonly Channel<MdnsArrival?> _arrivals = Channel.CreateBounded<MdnsArrival?>(
        new BoundedChannelOptions(LongestQueue) { SingleReader = true });

    private readonly SortedDictionary<(int Index, AddressFamily Family), MdnsLink> _links = [];
    private readonly HashSet<string> _failing = [];
    private readonly long _started = time.GetTimestamp();
    private MdnsEdition _latest = MdnsEdition.First();
    private Task _loop = Task.CompletedTask;
    private TimeSpan _nextListing;
    private bool _hasWarned;
    private bool _hasFailed;
    private volatile bool _isStopping;
    private long _dropped;

    /// <summary>Packets that found the queue full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>Begins to publish and to browse. Call it once.</summary>
    /// <exception cref="ArgumentException">The options hold a name or text that no packet can carry.</exception>
    public void Start()
    {
        // Tried out here, so that the caller hears of a bad name and not the log of the loop.
        new MulticastDns(seed: 0).Publish(TimeSpan.Zero, MdnsLink.Profile(options, options.Addresses ?? []));
        _loop = Task.Run(RunAsync);
    }

    /// <summary>
    /// Everyone who is seen now, then every change, this node's own included (see <see cref="MdnsSighting.IsOwn"/>). Ends when the
    /// shell is disposed. Any number may watch; a watcher may be as slow as it likes.
    /// </summary>
    public IAsyncEnumerable<MdnsSighting> WatchAsync(CancellationToken cancellation) =>
        MdnsEdition.WatchAsync(() => Volatile.Read(ref _latest), cancellation);

    /// <summary>Says goodbye on every link and closes them.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _arrivals.Writer.TryWrite(null);
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            var alarm = time.CreateTimer(_ => _arrivals.Writer.TryWrite(null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            await using (alarm.ConfigureAwait(false))
                while (!_isStopping)
                    await SurviveTurnAsync(alarm).ConfigureAwait(false);
            foreach (var link in _links.Values)
                Close(link);
        }
        finally
        {
            Print(isLast: true);
        }
    }

    private async Task SurviveTurnAsync(ITimer alarm)
    {
        try
        {
            await TurnAsync(alarm).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            // Once: a fault that repeats itself every turn says nothing new.
            if (!_hasFailed)
                LogTurnFailed(logger, fault);
            _hasFailed = true;
            await Task.Delay(PauseAfterFault).ConfigureAwait(false);
        }
    }

    private void Close(MdnsLink link)
    {
        try
        {
            link.Close(Now);
        }
        catch (Exception fault)
        {
            LogCloseFailed(logger, link.At.Link, fault);
        }
    }

    private async Task TurnAsync(ITimer alarm)
    {
        if (_nextListing <= Now)
            ListLinks();
        foreach (var link in _links.Values)
        {
            link.Tick(Now);
            if (link.SendFailure is { } failure)
                LogSendFailed(logger, link.At.Link, failure.Message);
            link.SendFailure = null;
        }

        if (_links.Values.Any(link => link.HasNews))
            Print(isLast: false);

        var next = _links.Values.Select(link => link.NextDeadline).Append(_nextListing).Min();
        var wait = next - Now;
        alarm.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await _arrivals.Reader.WaitToReadAsync().ConfigureAwait(false);
        for (var i = 0; i < PacketsPerTurn && _arrivals.Reader.TryRead(out var arrival); i++)
            if (arrival is { } packet)
                LinkOf(packet)?.Receive(Now, packet);
    }

    // A unicast reaches any one of our sockets, so the link is not the socket's but the packet's: by its interface, or, where the
    // system reports another one for our own addresses, by the address it was sent to.
    private MdnsLink? LinkOf(in MdnsArrival packet)
    {
        if (_links.TryGetValue((packet.Interface, packet.Family), out var link))
            return link;
        var to = packet.To;
        var family = packet.Family;
        return _links.Values.FirstOrDefault(one => one.At.Family == family && one.At.Subnets.Any(subnet => subnet.Address.Equals(to)));
    }

    private void Deliver(MdnsArrival arrival)
    {
        if (!_arrivals.Writer.TryWrite(arrival))
            Interlocked.Increment(ref _dropped);
    }

    private void ListLinks()
    {
        _nextListing = Now + ListingInterval;
        IReadOnlyList<MdnsInterface> present;
        try
        {
            present = MdnsInterface.List();
        }
        catch (Exception fault)
        {
            LogCannotList(logger, fault);
            return;
        }

        var gone = _links.Where(link => link.Value.Receiving.IsCompleted || !present.Any(at => (at.Index, at.Family) == link.Key)).ToList();
        foreach (var (key, link) in gone)
        {
            Close(link);
            _links.Remove(key);
            LogLinkClosed(logger, link.At.Link);
        }

        foreach (var at in present)
            if (!_links.TryGetValue((at.Index, at.Family), out var link))
                Open(at);
            else if (!link.At.SameAs(at))
                link.Publish(Now, at, options);

        if (gone.Count > 0)
            Print(isLast: false);
        if (_links.Count == 0 && !_hasWarned)
            LogNoLink(logger);
        _hasWarned |= _links.Count == 0;
    }

    private void Open(MdnsInterface at)
    {
        MdnsSocket? orphan = null;
        try
        {
            orphan = MdnsSocket.Open(at);
            var link = new MdnsLink(at, orphan, options, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
            link.Start(Now, options, Deliver);
            _links.Add((at.Index, at.Family), link);
            orphan = null;
            _failing.Remove(at.Link);
            LogLinkOpened(logger, at.Link);
        }
        catch (SocketException failure)
        {
            // Once, and not at every listing.
            if (_failing.Add(at.Link))
                LogLinkFailed(logger, at.Link, failure.Message);
        }
        finally
        {
            orphan?.Dispose();
        }
    }

    private void Print(bool isLast)
    {
        var sightings = new Dictionary<(string, string), MdnsSighting>();
        foreach (var link in _links.Values)
        {
            link.HasNews = false;
            foreach (var sighting in link.Sightings.Values)
                sightings[(sighting.Link, sighting.Instance)] = sighting;
        }

        var next = new MdnsEdition(sightings, isLast);
        var before = _latest;
        Volatile.Write(ref _latest, next);
        before.FollowWith(next);
    }
}
