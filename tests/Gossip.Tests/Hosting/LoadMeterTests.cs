using Gossip.Hosting;
using Gossip.Protocol;

namespace Gossip.Tests.Hosting;

public sealed class LoadMeterTests
{
    private readonly Clock _clock = new();
    private readonly OpenRequests _requests = new();
    private IThreadPoolWorkItem? _queued;
    private TimeSpan _cpu;

    [Fact]
    public void It_tells_of_open_requests_and_of_the_share_of_the_processors()
    {
        var meter = Meter();
        meter.Read();
        _requests.Begin();
        _requests.Begin();
        Pass(TimeSpan.FromSeconds(2));
        _cpu += TimeSpan.FromSeconds(2) * Environment.ProcessorCount / 4;
        Assert.Equal(new Load(2, 0, 25), meter.Read());
    }

    [Fact]
    public void A_pool_that_is_slow_is_told_of_and_one_that_does_not_come_at_all_too()
    {
        var meter = Meter();
        meter.Read();
        _clock.Now += TimeSpan.FromMilliseconds(40);
        _queued!.Execute();
        _clock.Now += TimeSpan.FromMilliseconds(960);
        Assert.Equal(40, meter.Read().QueueDelayMs);

        _clock.Now += TimeSpan.FromSeconds(3);
        Assert.Equal(3000, meter.Read().QueueDelayMs);
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(4000, meter.Read().QueueDelayMs);
    }

    [Fact]
    public void An_idle_process_has_no_load_though_its_threads_take_a_moment_to_wake()
    {
        var meter = Meter();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Load.Idle, meter.Read());
            Pass(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(4));
        }
    }

    [Fact]
    public async Task A_busy_process_is_known_to_be_busy_by_the_others()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("x");
        var host = await cluster.StartOneAsync("a", options => options.Service.Endpoints = ["http://*:1"]);
        await watcher.SeesLiveAsync("a", "x");
        var requests = (OpenRequests)host.Services.GetService(typeof(OpenRequests))!;
        for (var i = 0; i < 9; i++)
            requests.Begin();
        await Eventually.HoldsAsync(
            async () => await watcher.Node.AskAsync((node, now, _) => node.TryFindLoad(host.Identity.Id, now, out var load, out var _) && load.InFlight == 9),
            "the load of a is known to x");
    }

    [Fact]
    public async Task A_measurement_that_fails_is_given_up_and_keeps_nobody_from_the_loop()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        var tries = 0;
        host.Node.LoadGauge = () =>
        {
            Interlocked.Increment(ref tries);
            throw new PlatformNotSupportedException("There is no clock of processors.");
        };
        await Eventually.HoldsAsync(() => host.Node.LoadGauge is null, "the measurement is given up");
        Assert.Equal((1, 0), (Volatile.Read(ref tries), (await host.ReportAsync()).LoopFailures));
    }

    private LoadMeter Meter() => new(_requests, _clock) { Queue = item => _queued = item, Cpu = () => _cpu };

    private void Pass(TimeSpan time, TimeSpan delay = default)
    {
        _clock.Now += delay;
        _queued!.Execute();
        _clock.Now += time - delay;
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
