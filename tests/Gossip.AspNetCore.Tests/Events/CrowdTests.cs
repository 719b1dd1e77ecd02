using System.Collections.Concurrent;
using System.Text;
using Gossip.AspNetCore.Events;
using Gossip.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.AspNetCore.Tests.Events;

/// <summary>Many subscribers, of which some never read: work and bytes are counted, and time is virtual.</summary>
public sealed class CrowdTests : IAsyncLifetime
{
    private const int Crowd = 1_000;
    private const int Silent = 100;
    private const int Changes = 150;

    private readonly ManualTime _time = new();
    private readonly List<Follower> _followers = [];
    private TestApp _app = null!;
    private EventStream _stream = null!;
    private int _weight = 100;

    private GossipLifecycle Lifecycle => _app.App.Services.GetRequiredService<GossipLifecycle>();

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync("payments");
        _stream = new EventStream(Lifecycle, _time, NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        foreach (var one in _followers)
            await one.EndAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_thousand_follow_of_which_a_hundred_never_read_and_the_rest_gets_everything()
    {
        var before = await Lifecycle.ReportAsync(Eventually.Patience());
        for (var i = 0; i < Crowd; i++)
            Enter(reads: i % 10 != 0);
        Look();
        await Eventually.HoldsAsync(() => Readers.All(one => one.Has("event: revision")), "all know the revision");
        var first = Lifecycle.EventsSince(long.MaxValue).Last;
        for (var i = 0; i < Changes; i++)
        {
            await ChangeAsync();
            if (i % 10 == 0)
                Look();
        }

        Look();
        await Eventually.HoldsAsync(() => Readers.All(one => one.Sequences.Count == Changes), "all have all");
        Assert.All(Readers, one => Assert.Equal(Enumerable.Range(1, Changes).Select(number => first + number), one.Sequences));
        Assert.InRange(_stream.MostWaiting, 1, EventSubscriber.Most);
        Assert.InRange(_stream.Newest.Frames.Sum(one => one.Bytes.Length), 1, EventStream.MostBytes);
        Assert.Equal(new EventStreamFigures(Crowd, 0, 0), _stream.Figures);

        // Two signs of life, between which the others take something: who does not is cut off.
        Look(seconds: 10);
        await Eventually.HoldsAsync(() => Readers.All(one => one.Has(":")), "all have a sign of life");
        await ChangeAsync();
        Look();
        await Eventually.HoldsAsync(() => Readers.All(one => one.Sequences.Count == Changes + 1), "all have one more");
        Look(seconds: 10);
        await Eventually.HoldsAsync(() => _stream.Figures is { Subscribers: Crowd - Silent, Ended: Silent }, "the silent are cut off");
        var after = await Lifecycle.ReportAsync(Eventually.Patience());
        Assert.Equal((before.Counters.Stalls, before.LoopFailures), (after.Counters.Stalls, after.LoopFailures));
    }

    [Fact]
    public async Task Beyond_the_bound_nobody_is_let_in_until_one_has_left_and_it_is_counted()
    {
        for (var i = 0; i < EventStream.MostSubscribers; i++)
            Enter(reads: true);
        Assert.Null(_stream.TryEnter(new DefaultHttpContext(), null));
        Assert.Equal((EventStream.MostSubscribers, 1L), (_stream.Figures.Subscribers, _stream.Figures.Refused));

        await _followers[0].EndAsync();
        await Eventually.HoldsAsync(() => _stream.Figures.Subscribers == EventStream.MostSubscribers - 1, "one has left");
        Enter(reads: true);
    }

    /// <summary>Its connection breaks in the moment in which it is found not to read.</summary>
    [Fact]
    public async Task One_that_has_just_ended_is_cut_off_and_nothing_happens()
    {
        var silent = Enter(reads: false);
        Look();
        await silent.EndAsync();

        silent.Entered.Cut();

        Assert.Equal(0, _stream.Figures.Subscribers);
    }

    [Fact]
    public async Task A_stream_ends_after_an_hour_so_that_its_client_is_let_in_anew()
    {
        Assert.Equal(TimeSpan.FromHours(1), _stream.Longest);
        _stream = new EventStream(Lifecycle, _time, NullLogger.Instance) { Longest = TimeSpan.FromSeconds(15) };
        var one = Enter(reads: true);
        Look();
        await Eventually.HoldsAsync(() => one.Has("event: revision"), "it follows");
        Look(seconds: 10);
        await Eventually.HoldsAsync(() => one.Has(":"), "it has a sign of life");
        Assert.Equal(1, _stream.Figures.Subscribers);

        Look(seconds: 10);
        await Eventually.HoldsAsync(() => _stream.Figures is { Subscribers: 0, Ended: 0 }, "it has ended");
    }

    [Fact]
    public async Task When_the_process_stops_one_that_does_not_read_is_not_waited_for()
    {
        Enter(reads: false);
        Look();
        await Eventually.HoldsAsync(() => _followers[0].Entered.Waiting > 0, "it is written to");

        Lifetime.StopApplication();
        for (var look = 0; look < 20; look++)
            Look();

        await Eventually.HoldsAsync(() => _stream.Figures.Subscribers == 0, "it is cut off");
    }

    [Fact]
    public async Task Without_subscribers_nothing_is_looked_at_nor_kept()
    {
        Enter(reads: true);
        Look();
        Assert.True(_stream.Newest.Last >= 0);
        await _followers[0].EndAsync();

        Look();

        Assert.Equal(-1, _stream.Newest.Last);
        Assert.Equal(0, _time.Timers);
        var again = Enter(reads: true);
        Look();
        await Eventually.HoldsAsync(() => again.Has("event: revision"), "the stream goes on");
    }

    [Fact]
    public void What_is_kept_is_bounded_in_bytes_and_tells_what_is_gone()
    {
        EventFrame[] frames = [.. Enumerable.Range(1, 50).Select(number => new EventFrame(number, new byte[10]))];

        var list = EventList.Unread.With(frames[..30], gone: 0, 30, most: 100).With(frames[30..], gone: 0, 50, most: 100);

        Assert.Equal((10, 40L, 50L), (list.Frames.Length, list.Gone, list.Last));
        Assert.Equal([0, 0, 5, 10], new long[] { 0, 40, 45, 50 }.Select(list.After));
        var after = list.With([new EventFrame(58, new byte[10])], gone: 59, 60, most: 200);
        Assert.Equal((11, 59L, 60L), (after.Frames.Length, after.Gone, after.Last));
    }

    private IHostApplicationLifetime Lifetime => _app.App.Services.GetRequiredService<IHostApplicationLifetime>();

    private IEnumerable<Follower> Readers => _followers.Where(one => one.Reads);

    private void Look(double seconds = 0.1) => _time.Advance(seconds);

    private Follower Enter(bool reads)
    {
        var follower = new Follower(_stream, reads);
        _followers.Add(follower);
        return follower;
    }

    private async Task ChangeAsync() => await _app.Own.UpdateAsync(record => record with { Weight = ++_weight });

    /// <summary>One that follows, without a network: what is sent to it is kept, or never taken.</summary>
    private sealed class Follower
    {
        private readonly CancellationTokenSource _hangsUp = new();
        private readonly Sink _sink;
        private readonly Task _running;

        public Follower(EventStream stream, bool reads)
        {
            Reads = reads;
            _sink = new Sink(reads);
            var http = new DefaultHttpContext { RequestAborted = _hangsUp.Token };
            http.Response.Body = _sink;
            Entered = stream.TryEnter(http, null)!;
            _running = Task.Run(() => Entered.RunAsync(stream));
        }

        public EventSubscriber Entered { get; }

        public bool Reads { get; }

        /// <summary>The numbers of the events that it has, in the order in which they came.</summary>
        public ConcurrentQueue<long> Sequences => _sink.Sequences;

        public bool Has(string line) => _sink.Lines.ContainsKey(line);

        public async Task EndAsync()
        {
            await _hangsUp.CancelAsync();
            await _running;
        }
    }

    private sealed class Sink(bool reads) : Stream
    {
        private long _id;
        private readonly StringBuilder _line = new();

        public ConcurrentQueue<long> Sequences { get; } = new();

        /// <summary>Lines that were sent, but for those with ids and content.</summary>
        public ConcurrentDictionary<string, bool> Lines { get; } = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!reads)
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            foreach (var letter in Encoding.UTF8.GetString(buffer.Span))
            {
                if (letter == '\n')
                    End(_line.ToString());
                else
                    _line.Append(letter);
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private void End(string line)
        {
            _line.Clear();
            // An id alone only says where the client is.
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                _id = long.Parse(line.Split('-')[1]);
            else if (line == "event: happened")
                Sequences.Enqueue(_id);
            else if (!line.StartsWith("data: ", StringComparison.Ordinal))
                Lines[line] = true;
        }
    }
}
