using System.Net.Sockets;
using System.Threading.Channels;
using Gossip.Dns.Multicast;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// Lends <see cref="MulticastDns"/> its sockets and its clock: one state machine for every link, all owned by one loop. It publishes this
/// node from <see cref="Start"/> to <see cref="DisposeAsync"/>, which says goodbye, and reports the nodes that it sees. No fault of an
/// interface is fatal: links are listed anew every few seconds and when the system reports a change, so one that comes up later is joined,
/// and one that failed is tried again.
/// </summary>
internal sealed partial class MdnsShell(MdnsOptions options, TimeProvider time, ILogger<MdnsShell> logger) : IAsyncDisposable
{
    /// <summary>Packets waiting for the loop: a second of a busy link. More are dropped and counted; mDNS repeats itself.</summary>
    private const int LongestQueue = 256;

    /// <summary>Packets taken in before deadlines are checked again, so that a flood cannot hold them up.</summary>
    private const int PacketsPerTurn = 64;

    /// <summary>Keeps a repeated fault from taking a whole processor.</summary>
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromMilliseconds(100);

    /// <summary>The null entry is the alarm: a deadline has come, or the end.</summary>
    private readonly Channel<MdnsArrival?> _arrivals = Channel.CreateBounded<MdnsArrival?>(
        new BoundedChannelOptions(LongestQueue) { SingleReader = true });

    private readonly SortedDictionary<(int Index, AddressFamily Family), MdnsLink> _links = [];
    private readonly long _started = time.GetTimestamp();
    private Offer _published = new(options, []);
    private MdnsRevision _latest = MdnsRevision.First();
    private Task _loop = Task.CompletedTask;
    private Offer _offer = new(options, []);
    private bool _hasFailed;
    private volatile bool _isStopping;
    private long _dropped;
    private long _ignored;

    /// <summary>Packets that found the queue full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Packets that cannot be read, or that nobody on the link may send.</summary>
    public long Ignored => Interlocked.Read(ref _ignored);

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>Begins to publish and to browse. Call it once.</summary>
    /// <exception cref="ArgumentException">The options hold a name or text that does not fit into a packet.</exception>
    public void Start()
    {
        // Tried out here, so that a bad name is reported to the caller and not to the log of the loop.
        TryOut(_offer);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Publishes these services beside the node, in place of earlier ones. Any thread may call it, after the start.</summary>
    /// <exception cref="ArgumentException">A service holds a name or text that does not fit into a packet, or there are too
    /// many.</exception>
    public void Publish(IReadOnlyList<MdnsService> services) => Change(offer => offer with { Services = services });

    /// <summary>Announces the node with other texts. Any thread may call it, after the start.</summary>
    /// <exception cref="ArgumentException">A text does not fit into a packet.</exception>
    public void Describe(IReadOnlyDictionary<string, string> text) =>
        Change(offer => offer with { Options = offer.Options with { Text = text } });

    private void Change(Func<Offer, Offer> change)
    {
        Offer before, after;
        do
        {
            before = Volatile.Read(ref _offer);
            after = change(before);
            TryOut(after);
        }
        while (Interlocked.CompareExchange(ref _offer, after, before) != before);
        _arrivals.Writer.TryWrite(null);
    }

    /// <summary>
    /// All nodes that are seen now, then every change, this node's own included (see <see cref="MdnsSighting.IsOwn"/>). Ends when the shell
    /// is disposed. There may be any number of watchers, and each may be arbitrarily slow.
    /// </summary>
    public IAsyncEnumerable<MdnsSighting> WatchAsync(CancellationToken cancellation) =>
        MdnsRevision.WatchAsync(() => Volatile.Read(ref _latest), cancellation);

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
            using (new NetworkChangeSignal(Relist))
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
            // Logged once: a fault that repeats every turn brings nothing new.
            if (!_hasFailed)
                LogTurnFailed(logger, fault);
            _hasFailed = true;
            await Task.Delay(PauseAfterFault).ConfigureAwait(false);
        }
    }

    private static void TryOut(Offer offer) => new MulticastDns(seed: 0).Publish(
        TimeSpan.Zero, MdnsLink.Profiles(offer.Options, offer.Services, offer.Options.Addresses ?? []));

    private async Task TurnAsync(ITimer alarm)
    {
        if (IsListingDue())
            ListLinks();
        PublishOffer();
        foreach (var link in _links.Values)
            Tick(link);

        if (_links.Values.Any(link => link.HasNews))
        {
            Print(isLast: false);
            // The news may be the node's own echo.
            Explain();
        }

        var next = _links.Values.Select(link => link.NextDeadline).Append(_nextListing).Min();
        var wait = next - Now;
        alarm.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await _arrivals.Reader.WaitToReadAsync().ConfigureAwait(false);
        for (var i = 0; i < PacketsPerTurn && _arrivals.Reader.TryRead(out var arrival); i++)
            if (arrival is { } packet && LinkOf(packet)?.Receive(Now, packet) == false)
                Interlocked.Increment(ref _ignored);
    }

    private void PublishOffer()
    {
        var offer = Volatile.Read(ref _offer);
        if (ReferenceEquals(offer, _published))
            return;
        _published = offer;
        foreach (var link in _links.Values)
            link.Publish(Now, link.At, offer.Options, offer.Services);
    }

    private void Tick(MdnsLink link)
    {
        link.Tick(Now);
        if (link.SendFailure is { } failure)
            LogSendFailed(logger, link.At.Link, failure.Message);
        link.SendFailure = null;
        while (link.Renamed.TryDequeue(out var name))
            LogRenamed(logger, name.Wanted, link.At.Link, name.Chosen);
    }

    // A unicast reaches any one of the sockets, so the packet, not the socket, tells the link: by its interface or, where the system
    // reports another one for the machine's own addresses, by the address it was sent to.
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

    private void Print(bool isLast)
    {
        var sightings = new Dictionary<(string, string), MdnsSighting>();
        foreach (var link in _links.Values)
        {
            link.HasNews = false;
            foreach (var sighting in link.Sightings.Values)
                sightings[(sighting.Link, sighting.Instance)] = sighting;
        }

        var next = new MdnsRevision(sightings, isLast);
        var before = _latest;
        Volatile.Write(ref _latest, next);
        before.FollowWith(next);
    }

    /// <summary>What is told of the node and its services.</summary>
    private sealed record Offer(MdnsOptions Options, IReadOnlyList<MdnsService> Services);
}
