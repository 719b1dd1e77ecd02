using System.Diagnostics;
using System.Globalization;
using Gossip.Benchmarks.Cluster;

namespace Gossip.Benchmarks.Endurance;

/// <summary>
/// Services in processes of their own, on one machine and without seeds, as people start them there. Some die, leave, stand still and come
/// back; all of them change what they register. One act comes after the other, so that a slow machine does less of it, and nothing at once.
/// </summary>
internal sealed class EnduranceRun : IDisposable
{
    private static readonly string[] AllOrders =
        [EnduringService.Change, EnduringService.Register, EnduringService.Drain, EnduringService.Withdraw];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly EndurancePlan _plan;
    private readonly TextWriter _progress;
    private readonly Random _random;
    private readonly Lives _lives = new(TimeProvider.System);
    private readonly EnduranceSamples _samples = new();
    private readonly PriorityQueue<Func<Task>, TimeSpan> _entered = new();
    private readonly Stopwatch _clock = new();
    private readonly EnduringProcess[] _processes;
    private readonly SortedDictionary<string, int> _churn = new(StringComparer.Ordinal);
    private readonly List<(string Teller, ToldDeath Death)> _deaths = [];
    private readonly List<double> _loads = [];
    private int _orders;

    public EnduranceRun(EndurancePlan plan, TextWriter progress)
    {
        (_plan, _progress, _random) = (plan, progress, new Random(plan.Seed));
        var cluster = $"endure-{Environment.ProcessId}";
        _processes = [.. Enumerable.Range(0, plan.Processes).Select(i => new EnduringProcess($"{(i < plan.Controls ? "control" : "churn")}-{i}", cluster, _lives))];
    }

    private IEnumerable<EnduringProcess> Controls => _processes.Take(_plan.Controls);

    private IEnumerable<EnduringProcess> Answering => _processes.Where(process => process.IsUp && !process.IsStopped);

    /// <exception cref="TimeoutException">A process gives no answer.</exception>
    /// <exception cref="InvalidOperationException">A process has ended by itself.</exception>
    public async Task<EnduranceResult> RunAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(_processes.Select(process => process.StartAsync()));
        var disagreement = await DisagreementAsync(cancellation);
        var host = HostTime.Read();
        _clock.Start();
        Repeat(_plan.Churn, ChurnAsync);
        Repeat(_plan.Orders, OrderAsync);
        EnterSample(_plan.Interval);
        while (_entered.TryDequeue(out var act, out var at) && at < _plan.Length)
        {
            await WaitUntilAsync(at, cancellation);
            await act();
        }

        var steal = HostTime.Read().StolenPercentSince(host);
        await BringBackAsync();
        disagreement ??= await DisagreementAsync(cancellation);
        foreach (var process in _processes)
            await HearAsync(process);
        return ResultOf(disagreement, steal);
    }

    public void Dispose()
    {
        foreach (var process in _processes)
            process.Dispose();
    }

    /// <summary>Every second control process is left alone: a collection each half minute is nothing that a service does.</summary>
    private bool IsCollected(EnduringProcess process) => Array.IndexOf(_processes, process) % 2 == 0;

    private void Enter(TimeSpan after, Func<Task> act) => _entered.Enqueue(act, _clock.Elapsed + after);

    /// <summary>Again and again, at distances without a rhythm.</summary>
    private void Repeat(TimeSpan mean, Func<Task> act) => Enter(2 * mean * _random.NextDouble(), async () =>
    {
        await act();
        Repeat(mean, act);
    });

    private void EnterSample(TimeSpan at) => _entered.Enqueue(
        async () =>
        {
            await SampleAsync();
            EnterSample(_clock.Elapsed < at + _plan.Interval ? at + _plan.Interval : _clock.Elapsed);
        },
        at);

    private async Task WaitUntilAsync(TimeSpan at, CancellationToken cancellation)
    {
        if (at > _clock.Elapsed)
            await Task.Delay(at - _clock.Elapsed, cancellation);
    }

    private async Task ChurnAsync()
    {
        var process = _processes[_random.Next(_plan.Controls, _processes.Length)];
        var (kind, absence) = (_random.Next(4), _plan.Absence * _random.NextDouble());
        if (!process.IsUp || process.IsStopped)
            return;
        // What it has told of others would be lost with it.
        await HearAsync(process);
        switch (kind)
        {
            case 0:
                Count("killed");
                process.Kill();
                Enter(absence, process.StartAsync);
                break;
            case 1:
                Count("left");
                await process.LeaveAsync();
                Enter(absence, process.StartAsync);
                break;
            case 2:
                Count("stopped_for_a_moment");
                await process.StopAsync();
                await Task.Delay(_plan.ShortStop);
                await process.GoOnAsync();
                break;
            default:
                Count("stopped_for_long");
                await process.StopAsync();
                Enter(_plan.LongStop, process.GoOnAsync);
                break;
        }
    }

    private void Count(string what) => _churn[what] = _churn.GetValueOrDefault(what) + 1;

    private async Task OrderAsync()
    {
        var (process, order) = (_processes[_random.Next(_processes.Length)], AllOrders[_random.Next(AllOrders.Length)]);
        if (!process.IsUp || process.IsStopped)
            return;
        await process.AskAsync(order);
        _orders++;
    }

    private async Task SampleAsync()
    {
        var at = _clock.Elapsed;
        foreach (var process in Answering)
        {
            var isControl = Controls.Contains(process);
            var report = await HearAsync(process, isControl && IsCollected(process));
            if (isControl)
                _samples.Add(at, process, report, IsCollected(process));
        }

        _loads.Add(double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));
        var figures = string.Join(", ", _samples.Newest().Select(figure => $"{figure.Key} {figure.Value}"));
        await _progress.WriteLineAsync($"{at:h\\:mm\\:ss} load {_loads[^1]}, deaths {_deaths.Count}, false {FalseDeaths().Count()}; {figures}");
    }

    private async Task<ServiceReport> HearAsync(EnduringProcess process, bool collects = false)
    {
        var report = await process.ReportAsync(collects);
        _deaths.AddRange(report.Deaths.Select(death => (process.Name, death)));
        return report;
    }

    /// <summary>As far as is known: a process that stood still has told so with its next report.</summary>
    private IEnumerable<string> FalseDeaths() =>
        from told in _deaths
        where _lives.IsFalse(told.Death)
        select $"{told.Death.At:HH:mm:ss.fff} {told.Teller} held {_lives.Describe(told.Death)} dead ({told.Death.Because})";

    private async Task BringBackAsync()
    {
        foreach (var process in _processes)
        {
            if (process.IsStopped)
                await process.GoOnAsync();
            if (!process.IsUp)
                await process.StartAsync();
        }
    }

    /// <summary>Waits until each process holds exactly these for live.</summary>
    /// <returns>Who did not in the end; null when all did.</returns>
    private async Task<string?> DisagreementAsync(CancellationToken cancellation)
    {
        var all = _processes.Select(process => process.Name).Order(StringComparer.Ordinal).ToArray();
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            string? odd = null;
            foreach (var process in _processes)
            {
                var live = (await HearAsync(process)).Live;
                if (!live.SequenceEqual(all))
                    odd = $"{process.Name} sees [{string.Join(' ', live)}]";
            }

            if (odd is null || waiting.Elapsed > Patience)
                return odd;
            await Task.Delay(_plan.Orders, cancellation);
        }
    }

    private EnduranceResult ResultOf(string? disagreement, double steal) => new()
    {
        Processes = _plan.Processes,
        Minutes = Math.Round(_plan.Length.TotalMinutes, 2),
        Seed = _plan.Seed,
        Load = Math.Round(_loads.Average(), 1),
        StealPct = Math.Round(steal, 1),
        Samples = _loads.Count,
        Churn = _churn,
        Orders = _orders,
        DeathsTold = _deaths.Count,
        FalseDeaths = [.. FalseDeaths()],
        Starved = _lives.Starved.Count(),
        LongestStarvedS = Math.Round(_lives.Starved.Select(one => one.Length.TotalSeconds).DefaultIfEmpty().Max(), 1),
        Disagreement = disagreement,
        Growing = [.. _samples.Growing()],
        Collected = _samples.Slopes(Controls.Where(IsCollected).Select(process => process.Name)),
        LeftAlone = _samples.Slopes(Controls.Where(process => !IsCollected(process)).Select(process => process.Name)),
    };
}
