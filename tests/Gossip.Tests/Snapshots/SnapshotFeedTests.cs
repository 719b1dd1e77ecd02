using Gossip.Discovery;
using Gossip.Snapshots;
using Microsoft.Extensions.Primitives;

namespace Gossip.Tests.Snapshots;

public sealed class SnapshotFeedTests
{
    private readonly SnapshotFeed _feed = new();
    private readonly ServiceDiscovery _discovery;

    public SnapshotFeedTests() => _discovery = TestDiscovery.Over(_feed);

    [Fact]
    public async Task A_watch_starts_with_the_current_snapshot_and_goes_on_with_newer_ones()
    {
        _feed.Publish(Snapshot(1));
        await using var watch = _discovery.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(1, watch.Current.Revision);
        var next = watch.MoveNextAsync();
        Assert.False(next.IsCompleted);
        _feed.Publish(Snapshot(2));
        Assert.True(await next);
        Assert.Equal(2, watch.Current.Revision);
    }

    [Fact]
    public async Task A_slow_watcher_skips_but_gets_the_last_one()
    {
        await using var watch = _discovery.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        for (var revision = 1; revision <= 100; revision++)
            _feed.Publish(Snapshot(revision));
        await watch.MoveNextAsync();
        Assert.Equal(100, watch.Current.Revision);
    }

    [Fact]
    public async Task A_renewed_stage_keeps_the_snapshot_and_the_end_whoever_comes_first()
    {
        var renewing = Task.Run(() =>
        {
            while (!_feed.Newest.IsLast)
                _feed.Renew();
        });
        for (var revision = 1; revision <= Nightly.Times(500, 5_000); revision++)
        {
            var before = _feed.Newest;
            _feed.Publish(Snapshot(revision));
            Assert.Equal(revision, _feed.Newest.Snapshot.Revision);
            // Whoever took its place gives the signal, and may not have come to it yet.
            await before.Outdated.WaitAsync(Eventually.Patience());
        }

        _feed.Complete();
        await renewing;
        _feed.Renew();
        Assert.True(_feed.Newest.IsLast);
    }

    [Fact]
    public async Task Many_watchers_never_go_back_and_all_see_the_last_one()
    {
        const int Last = 5_000;
        var watchers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var seen = -1L;
            await foreach (var snapshot in _discovery.WatchAsync(Eventually.Patience()))
            {
                Assert.True(snapshot.Revision > seen, $"{snapshot.Revision} after {seen}");
                seen = snapshot.Revision;
                if (seen == Last)
                    break;
            }

            return seen;
        })).ToArray();
        await Task.Run(() =>
        {
            for (var revision = 1; revision <= Last; revision++)
                _feed.Publish(Snapshot(revision));
        });
        Assert.All(await Task.WhenAll(watchers), seen => Assert.Equal(Last, seen));
    }

    [Fact]
    public async Task A_watch_ends_with_the_node_and_does_not_lose_the_last_snapshot()
    {
        await using var watch = _discovery.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        _feed.Publish(Snapshot(1));
        _feed.Complete();
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(1, watch.Current.Revision);
        Assert.False(await watch.MoveNextAsync());
    }

    [Fact]
    public async Task A_watch_that_is_cancelled_throws()
    {
        using var cancellation = new CancellationTokenSource();
        await using var watch = _discovery.WatchAsync(cancellation.Token).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        var next = watch.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_token_taken_before_the_snapshot_misses_no_change()
    {
        var token = _discovery.GetChangeToken();
        Assert.False(token.HasChanged);
        _feed.Publish(Snapshot(1));
        Assert.True(token.HasChanged);

        // Registered too late, and told all the same.
        var told = new TaskCompletionSource();
        token.RegisterChangeCallback(_ => told.SetResult(), null);
        await told.Task.WaitAsync(Eventually.Deadline);
        Assert.False(_discovery.GetChangeToken().HasChanged);
    }

    [Fact]
    public async Task Change_tokens_follow_one_another_to_the_last_snapshot()
    {
        const int Last = 500;
        var seen = 0L;
        using var subscription = ChangeToken.OnChange(_discovery.GetChangeToken, () => Volatile.Write(ref seen, _discovery.Current.Revision));
        for (var revision = 1; revision <= Last; revision++)
            _feed.Publish(Snapshot(revision));
        await Eventually.HoldsAsync(() => Volatile.Read(ref seen) == Last, "the last snapshot is seen");
    }

    [Fact]
    public async Task A_callback_that_blocks_or_throws_does_not_hold_up_the_publisher()
    {
        using var gate = new ManualResetEventSlim();
        _discovery.GetChangeToken().RegisterChangeCallback(_ => gate.Wait(Eventually.Deadline), null);
        _discovery.GetChangeToken().RegisterChangeCallback(_ => throw new InvalidOperationException("a subscriber's own fault"), null);
        await Task.Run(() => _feed.Publish(Snapshot(1))).WaitAsync(Eventually.Deadline);
        Assert.Equal(1, _discovery.Current.Revision);
        gate.Set();
    }

    [Fact]
    public void A_disposed_registration_is_not_called()
    {
        var token = _discovery.GetChangeToken();
        var registration = token.RegisterChangeCallback(_ => Assert.Fail("called"), null);
        registration.Dispose();
        _feed.Publish(Snapshot(1));
    }

    [Fact]
    public void A_disposed_registration_leaves_nothing_behind()
    {
        var token = _discovery.GetChangeToken();
        var forgotten = RegisterAndDispose(token);
        for (var i = 0; i < 10 && forgotten.Any(state => state.IsAlive); i++)
            GC.Collect();
        Assert.DoesNotContain(forgotten, state => state.IsAlive);
        GC.KeepAlive(token);
    }

    [Fact]
    public async Task Registrations_that_race_with_the_change_are_all_called_once()
    {
        const int Rounds = 300;
        var calls = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            var token = _discovery.GetChangeToken();
            using var start = new Barrier(2);
            var registering = Task.Run(() =>
            {
                start.SignalAndWait();
                for (var i = 0; i < 10; i++)
                    token.RegisterChangeCallback(_ => Interlocked.Increment(ref calls), null);
            });
            start.SignalAndWait();
            _feed.Publish(Snapshot(round));
            await registering;
        }

        await Eventually.HoldsAsync(() => Volatile.Read(ref calls) == Rounds * 10, "every callback is called");
    }

    [Fact]
    public async Task Waiting_for_instances_ends_with_the_node()
    {
        var wait = _discovery.WaitForAsync("payments").AsTask();
        _feed.Complete();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => wait);
        Assert.Contains("'payments'", error.Message, StringComparison.Ordinal);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference[] RegisterAndDispose(IChangeToken token) => [.. Enumerable.Range(0, 100).Select(_ =>
    {
        var state = new object();
        token.RegisterChangeCallback(_ => { }, state).Dispose();
        return new WeakReference(state);
    })];

    private static ServiceSnapshot Snapshot(long revision)
    {
        var snapshot = ServiceSnapshot.Empty;
        while (snapshot.Revision < revision)
            snapshot = snapshot.With(snapshot.MemberList, []);
        return snapshot;
    }
}
