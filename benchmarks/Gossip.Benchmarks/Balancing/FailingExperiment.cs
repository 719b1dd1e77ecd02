using Gossip.Balancing;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Benchmarks.Balancing;

/// <summary>
/// Instances that answer 500 in no time for a while, and recover. Four callers, each with what it has seen itself, call whenever they
/// like; other answers take 20 ms with a standard deviation of 5 ms. The selectors are the real ones, on a virtual clock.
/// </summary>
internal sealed class FailingExperiment
{
    private const int Callers = 4;
    private const double Median = 20;
    private const double Deviation = 5;

    /// <summary>Seconds.</summary>
    private const int AtFirst = 5;

    /// <summary>Seconds after the recovery.</summary>
    private const int Rest = 30;

    private readonly FailingCase _case;
    private readonly Randomness _randomness;
    private readonly VirtualTime _time = new();
    private readonly Caller[] _callers;
    private readonly PriorityQueue<(InstanceCall Call, CallOutcome Outcome), TimeSpan> _underWay = new();

    /// <summary>All calls, and those of the failing ones, by the second in which they began.</summary>
    private readonly (int All, int Failing)[] _seconds;

    private int _ejected;

    private FailingExperiment(FailingCase one, string policy, ulong seed)
    {
        FastRandom.Seed(seed);
        _case = one;
        _randomness = new Randomness(seed);
        _callers = [.. Enumerable.Range(0, Callers).Select(_ => new Caller(policy, one.Instances, _time))];
        _seconds = new (int, int)[one.Until + Rest];
    }

    public static FailingResult Run(FailingCase one, string policy, ulong seed)
    {
        var experiment = new FailingExperiment(one, policy, seed);
        experiment.Run();
        return new FailingResult(
            one.Name,
            policy,
            seed,
            experiment._seconds[one.Before..one.Until].Sum(second => second.All),
            experiment.ShareOf(one.Before, one.Before + AtFirst),
            experiment.ShareOf(one.Before + AtFirst, one.Until),
            one is { Failing: 1, CallsPerSecond: >= 10 } ? experiment.BackAfter(one.Until) : null,
            experiment._ejected);
    }

    private void Run()
    {
        var arrivals = new PriorityQueue<Caller, TimeSpan>(
            _callers.Select(caller => (caller, Chance.Wait(_randomness, _case.CallsPerSecond))));
        while (arrivals.TryDequeue(out var caller, out var now) && now.TotalSeconds < _seconds.Length)
        {
            Answer(now);
            _time.GoTo(now);
            Call(caller, now);
            arrivals.Enqueue(caller, now + Chance.Wait(_randomness, _case.CallsPerSecond));
        }
    }

    private void Call(Caller caller, TimeSpan now)
    {
        var chosen = caller.Picker.Pick(caller.Instances, new CallContext { Key = $"{_randomness.Next()}" })!;
        var isOfFailing = Array.IndexOf(caller.Instances, chosen) < _case.Failing;
        ref var second = ref _seconds[(int)now.TotalSeconds];
        second = (second.All + 1, second.Failing + (isOfFailing ? 1 : 0));
        if (isOfFailing && now.TotalSeconds >= _case.Before && now.TotalSeconds < _case.Until && Chance.Share(_randomness) < _case.Errors)
            _underWay.Enqueue((chosen.Begin(), CallOutcome.Erred), now);
        else
            _underWay.Enqueue((chosen.Begin(), CallOutcome.Answered), now + Takes());
        _ejected = Math.Max(_ejected, caller.Instances.Count(one => one.IsEjected));
    }

    private TimeSpan Takes() => TimeSpan.FromMilliseconds(Math.Max(1, Median + (Deviation * Chance.Normal(_randomness))));

    private void Answer(TimeSpan until)
    {
        while (_underWay.TryPeek(out var one, out var at) && at <= until)
        {
            _underWay.Dequeue();
            _time.GoTo(at);
            one.Call.Complete(one.Outcome);
        }
    }

    /// <summary>In percent of the fair share.</summary>
    private double ShareOf(int from, int to)
    {
        var seconds = _seconds.AsSpan(from, to - from);
        var (all, failing) = (0, 0);
        foreach (var second in seconds)
            (all, failing) = (all + second.All, failing + second.Failing);
        return all == 0 ? 0 : 100.0 * failing / all * _case.Instances / _case.Failing;
    }

    private double? BackAfter(int recovered)
    {
        for (var second = recovered; second < _seconds.Length; second++)
        {
            if (ShareOf(second, second + 1) >= 50)
                return second + 1 - recovered;
        }

        return null;
    }

    private sealed class Caller
    {
        public Caller(string policy, int instances, TimeProvider time)
        {
            var board = new BalancingClock(time);
            Instances = [.. Enumerable.Range(0, instances).Select(
                number => new ServiceInstance(new ServiceRecord { InstanceId = $"i{number}", Service = "payments" }, new InstanceStatistics(board)))];
            Picker = new Picker(new GossipBalancingOptions().FindPolicy(policy)!(), board);
        }

        public ServiceInstance[] Instances { get; }

        public Picker Picker { get; }
    }
}
