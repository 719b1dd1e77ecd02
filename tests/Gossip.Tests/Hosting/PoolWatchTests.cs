using Gossip.Hosting;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Hosting;

/// <summary>
/// What the cluster is told of a process whose thread pool runs nothing. The test takes the loop's turns: no thread of a pool is needed.
/// </summary>
public sealed class PoolWatchTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly SnapshotFeed _feed = new();
    private readonly Registrations _registrations = new(NullLogger.Instance, NullLogger.Instance);
    private readonly GossipNode _node;
    private readonly PoolWatch _watch;
    private IThreadPoolWorkItem? _queued;

    public PoolWatchTests()
    {
        var launcher = new NodeLauncher(_feed, TimeProvider.System, NullLogger.Instance);
        _node = launcher.Launch(new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free() }, "app");
        _node.Open();
        var meter = new LoadMeter(new OpenRequests(), _time) { Queue = item => _queued = item, Cpu = () => default };
        _watch = new PoolWatch(meter, _registrations, _node, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        var end = _node.DisposeAsync();
        Assert.False(_node.TakeTurn(waits: false));
        await end;
    }

    [Fact]
    public async Task After_three_seconds_without_a_thread_the_instance_is_degraded_and_after_three_with_one_ready_again()
    {
        await RegisterAsync();
        Read(blocked: false, seconds: 3);
        Read(blocked: true, seconds: 2);
        Assert.Equal((ServiceState.Ready, (string?)null), Told());
        Read(blocked: true, seconds: 1);
        Assert.Equal((ServiceState.Degraded, PoolWatch.Reason), Told());

        Read(blocked: false, seconds: 2);
        Assert.Equal((ServiceState.Degraded, PoolWatch.Reason), Told());
        Read(blocked: false, seconds: 1);
        Assert.Equal((ServiceState.Ready, (string?)null), Told());
    }

    [Fact]
    public async Task A_process_that_stands_still_as_a_whole_is_not_one_whose_pool_is_blocked()
    {
        await RegisterAsync();
        Read(blocked: false, seconds: 2);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(600);
            Read(blocked: true, seconds: 2);
            Read(blocked: false, seconds: 1);
        }

        Assert.Equal((ServiceState.Ready, (string?)null), Told());
    }

    [Fact]
    public async Task A_pool_that_runs_an_item_now_and_then_is_no_pool_that_runs()
    {
        await RegisterAsync();
        Read(blocked: true, seconds: 5);
        for (var i = 0; i < 5; i++)
        {
            Read(blocked: false, seconds: 2);
            Read(blocked: true, seconds: 1);
        }

        Assert.Equal((ServiceState.Degraded, PoolWatch.Reason), Told());
    }

    [Theory]
    [InlineData(ServiceState.Starting, ServiceState.Starting)]
    [InlineData(ServiceState.Ready, ServiceState.Degraded)]
    [InlineData(ServiceState.Degraded, ServiceState.Degraded)]
    [InlineData(ServiceState.Draining, ServiceState.Draining)]
    [InlineData(ServiceState.Unhealthy, ServiceState.Unhealthy)]
    public async Task The_worse_of_two_words_is_told_and_a_drain_is_never_undone(ServiceState said, ServiceState told)
    {
        var own = await RegisterAsync();
        Read(blocked: true, seconds: 5);
        await DoAsync(own.UpdateAsync(record => record with { State = said, Reason = "the application says so" }));

        Assert.Equal((told, said == ServiceState.Ready ? PoolWatch.Reason : "the application says so"), Told());
        Assert.Equal(said, own.Record.State);
        Read(blocked: false, seconds: 5);
        Assert.Equal((said, "the application says so"), Told());
    }

    [Fact]
    public async Task An_instance_that_drained_before_stays_so_and_one_that_comes_meanwhile_is_degraded_too()
    {
        var own = await RegisterAsync();
        await DoAsync(own.DrainAsync("a new version comes"));
        Read(blocked: true, seconds: 5);
        Assert.Equal((ServiceState.Draining, "a new version comes"), Told());

        await RegisterAsync("second");
        Assert.Equal((ServiceState.Degraded, PoolWatch.Reason), Told("second"));
        Read(blocked: false, seconds: 5);
        Assert.Equal((ServiceState.Draining, "a new version comes"), Told());
        Assert.Equal((ServiceState.Ready, (string?)null), Told("second"));
    }

    [Fact]
    public async Task A_record_that_leaves_no_room_for_a_reason_is_told_as_degraded_without_one()
    {
        // As large as a record may be: the host's name takes what is left.
        for (var left = 255; left >= 0 && !await TryRegisterAsync(Large(left)); left--)
            Assert.NotEqual(0, left);
        await RegisterAsync();
        Read(blocked: true, seconds: 5);
        Assert.Equal((ServiceState.Degraded, (string?)null), Told("large"));
        Assert.Equal((ServiceState.Degraded, PoolWatch.Reason), Told());

        static ServiceRecord Large(int left) => new()
        {
            InstanceId = "large",
            Service = "app",
            Metadata = new Dictionary<string, string> { ["note"] = new string('x', 16_000) },
            Tags = [.. Enumerable.Range(0, 64).Select(number => $"{number:D125}")],
            Region = new string('r', 128),
            Environment = new string('e', 128),
            Host = new string('h', left),
        };
    }

    [Fact]
    public void A_process_that_offers_nothing_is_not_measured()
    {
        Assert.Equal(Load.Idle, _watch.Read());
        Assert.Null(_queued);
    }

    private Task<ServiceRegistration> RegisterAsync(string instance = "a") =>
        DoAsync(_registrations.OpenAsync(_node, new ServiceRecord { InstanceId = instance, Service = "app" }, CancellationToken.None));

    private async Task<bool> TryRegisterAsync(ServiceRecord record)
    {
        try
        {
            await DoAsync(_registrations.OpenAsync(_node, record, CancellationToken.None));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Takes the turn that answers.</summary>
    private async Task<T> DoAsync<T>(ValueTask<T> asked)
    {
        _node.TakeTurn(waits: false);
        return await asked;
    }

    private async Task DoAsync(ValueTask asked)
    {
        _node.TakeTurn(waits: false);
        await asked;
    }

    /// <summary>So many readings, a second apart, before each of which the pool has run what was queued, or has not.</summary>
    private void Read(bool blocked, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(1);
            if (!blocked)
                _queued?.Execute();
            _watch.Read();
            _node.TakeTurn(waits: false);
        }
    }

    private (ServiceState State, string? Reason) Told(string instance = "a")
    {
        var told = Assert.Single(_feed.Newest.Snapshot.GetAllInstances("app"), one => one.InstanceId == instance);
        return (told.State, told.Reason);
    }
}
