using System.Net;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Definitions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests;

/// <summary>Whatever sources, checks, operators and the node do, in whatever order: what is registered becomes what is wanted and runs.</summary>
public sealed class ReconcilerLaws
{
    private static readonly string[] Ids = ["a", "b", "c", "d"];

    private readonly ManualTime _time = new();
    private readonly FakeRegistrar _registrar = new();

    [Law(usual: 300)]
    internal async Task What_is_registered_converges_to_what_runs(Script script)
    {
        var (time, registrar) = (new ManualTime(), new FakeRegistrar());
        var reconciler = new Reconciler(registrar, () => IPAddress.Loopback, new ServiceLease { Agent = "agent@box" }, time, NullLogger.Instance);
        var world = new SortedDictionary<string, WantedService>();
        var failing = 0;
        registrar.Fails = () => failing > 0 && --failing >= 0;
        foreach (var step in script.Steps)
        {
            var id = Ids[step % Ids.Length];
            var draw = step / Ids.Length;
            switch (draw % 10)
            {
                case 0 or 1 or 2:
                    world[id] = new(Define(id, draw), Health(draw / 10), null);
                    break;
                case 3 when world.TryGetValue(id, out var known):
                    world[id] = known with { Drain = known.Drain is null ? "an operator" : null };
                    break;
                case 4:
                    world.Remove(id);
                    break;
                case 5 when world.TryGetValue(id, out var known):
                    world[id] = known with { Health = Health(draw / 10) };
                    break;
                case 6:
                    failing = draw / 10 % 4;
                    break;
                case 7:
                    time.Advance(draw / 10 % 20);
                    break;
                default:
                    await reconciler.ReconcileAsync([.. world.Values], default);
                    break;
            }
        }

        // Now all is still: drains end, and a pass or two later nothing is left to do.
        failing = 0;
        await reconciler.ReconcileAsync([.. world.Values], default);
        time.Advance(60);
        for (var pass = 0; pass < 2; pass++)
            await reconciler.ReconcileAsync([.. world.Values], default);

        var records = registrar.Records;
        Assert.Equal(records.Count, reconciler.Count);
        foreach (var id in Ids)
        {
            var record = records.GetValueOrDefault(id);
            if (!world.TryGetValue(id, out var wanted) || wanted.Health.IsGone)
                Assert.Null(record);
            else if (wanted.Health is { IsKnown: true, State: ServiceState.Ready or ServiceState.Degraded })
                Assert.Equal((wanted.Definition.Weight, wanted.Drain is null ? wanted.Health.State : ServiceState.Draining), (record!.Weight, record.State));
            else if (record is not null && wanted.Health.IsKnown)
                Assert.Equal(wanted.Drain is null ? wanted.Health.State : ServiceState.Draining, record.State);
        }

        // In line, a pass does nothing.
        var happened = registrar.Happened.Count;
        await reconciler.ReconcileAsync([.. world.Values], default);
        Assert.Equal(happened, registrar.Happened.Count);
    }

    [Law]
    internal async Task Nothing_that_runs_is_taken_back_before_its_drain(Script script)
    {
        var (time, registrar) = (new ManualTime(), new FakeRegistrar());
        var reconciler = new Reconciler(registrar, () => IPAddress.Loopback, new ServiceLease { Agent = "agent@box" }, time, NullLogger.Instance);
        var wanted = new HashSet<string>();
        foreach (var step in script.Steps)
        {
            var id = Ids[step % Ids.Length];
            if (!wanted.Remove(id))
                wanted.Add(id);
            await reconciler.ReconcileAsync([.. wanted.Select(one => new WantedService(Define(one, 1), Ready, null))], default);
            time.Advance(step / 10 % 7);
        }

        Assert.DoesNotContain(registrar.Happened, one => one.StartsWith("deregister", StringComparison.Ordinal) && !one.EndsWith("Draining", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_that_is_not_wanted_drains_for_its_time_and_goes()
    {
        var reconciler = Open();
        await reconciler.ReconcileAsync([new(Define("a", 1), Ready, null)], default);
        var result = await reconciler.ReconcileAsync([], default);
        Assert.Equal((ServiceState.Draining, "it was deregistered"), (_registrar.Records["a"].State, _registrar.Records["a"].Reason));
        Assert.Equal(TimeSpan.FromSeconds(2), result.Next);
        _time.Advance(1.9);
        await reconciler.ReconcileAsync([], default);
        Assert.Single(_registrar.Records);
        _time.Advance(0.1);
        await reconciler.ReconcileAsync([], default);
        Assert.Equal(["register a Ready", "update a Draining", "deregister a Draining"], _registrar.Happened);
    }

    [Fact]
    public async Task What_was_never_seen_well_is_not_registered()
    {
        var reconciler = Open();
        foreach (var health in new[] { default, Fails, new(true, false, ServiceState.Draining, "it stops"), Gone })
            await reconciler.ReconcileAsync([new(Define("a", 1), health, null)], default);
        Assert.Empty(_registrar.Happened);
        await reconciler.ReconcileAsync([new(Define("a", 1), Ready, null)], default);
        await reconciler.ReconcileAsync([new(Define("a", 1), Fails, null)], default);
        Assert.Equal((ServiceState.Unhealthy, "check 'x': no"), (_registrar.Records["a"].State, _registrar.Records["a"].Reason));
    }

    [Fact]
    public async Task A_service_that_has_ended_goes_at_once_and_its_source_is_told()
    {
        var reconciler = Open();
        await reconciler.ReconcileAsync([new(Define("a", 1), Ready, null)], default);
        var result = await reconciler.ReconcileAsync([new(Define("a", 1), Gone, null)], default);
        Assert.Equal(["a"], result.Ended.Select(ended => ended.Id));
        Assert.Empty(_registrar.Records);
    }

    [Fact]
    public async Task A_service_that_fails_for_too_long_goes_until_it_is_well()
    {
        var reconciler = Open();
        var definition = Define("a", 1) with { DeregisterAfter = TimeSpan.FromSeconds(30) };
        await reconciler.ReconcileAsync([new(definition, Ready, null)], default);
        Assert.Equal(TimeSpan.FromSeconds(30), (await reconciler.ReconcileAsync([new(definition, Fails, null)], default)).Next);
        _time.Advance(30);
        Assert.Single((await reconciler.ReconcileAsync([new(definition, Fails, null)], default)).Ended);
        Assert.Empty(_registrar.Records);
        await reconciler.ReconcileAsync([new(definition, Ready, null)], default);
        Assert.Single(_registrar.Records);
    }

    [Fact]
    public async Task Beyond_what_a_node_holds_the_first_stay_and_the_rest_is_told_and_comes_when_there_is_room()
    {
        var log = new TestLog();
        var reconciler = new Reconciler(_registrar, () => IPAddress.Loopback, new ServiceLease { Agent = "agent@box" }, _time, log.CreateLogger("agent"));
        var all = Enumerable.Range(0, Reconciler.Most + 5).Select(number => new WantedService(Define($"s{number:0000}", 1), Ready, null)).ToList();
        await reconciler.ReconcileAsync(all, default);
        await reconciler.ReconcileAsync(all, default);
        Assert.Equal((Reconciler.Most, Reconciler.Most), (reconciler.Count, _registrar.Records.Count));
        Assert.StartsWith("5 services are not registered, since a node holds 8191 records.", Assert.Single(log.Warnings), StringComparison.Ordinal);
        Assert.Contains("Agent:Name", reconciler.ProblemOf("s8192"), StringComparison.Ordinal);

        await reconciler.ReconcileAsync(all[5..], default);
        _time.Advance(2);
        await reconciler.ReconcileAsync(all[5..], default);
        Assert.Contains("s8195", _registrar.Records);
    }

    [Fact]
    public async Task A_refusal_is_told_once_and_does_not_disturb_the_others()
    {
        var log = new TestLog();
        var reconciler = new Reconciler(_registrar, () => IPAddress.Loopback, new ServiceLease { Agent = "agent@box" }, _time, log.CreateLogger("agent"));
        var fails = 0;
        _registrar.Fails = () => fails++ % 2 == 0;
        WantedService[] two = [new(Define("a", 1), Ready, null), new(Define("b", 1), Ready, null)];
        await reconciler.ReconcileAsync(two, default);
        Assert.Equal(["b"], _registrar.Records.Keys);
        _registrar.Fails = () => true;
        await reconciler.ReconcileAsync(two, default);
        Assert.Single(log.Warnings);
        _registrar.Fails = () => false;
        await reconciler.ReconcileAsync(two, default);
        Assert.Equal(2, _registrar.Records.Count);
    }

    [Fact]
    public async Task At_the_end_all_drain_and_then_go_and_nobody_is_waited_for_where_nobody_listens()
    {
        var reconciler = Open();
        await reconciler.ReconcileAsync([new(Define("a", 1), Ready, null), new(Define("b", 1), Ready, null)], default);
        await reconciler.RetireAllAsync(someoneListens: false, default);
        Assert.Equal(
            ["update a Draining", "update b Draining", "deregister a Draining", "deregister b Draining"], _registrar.Happened.Skip(2));
    }

    [Fact]
    public async Task What_somebody_else_took_back_is_registered_again()
    {
        var reconciler = Open();
        await reconciler.ReconcileAsync([new(Define("a", 1), Ready, null)], default);
        _registrar.Steal("a");
        await reconciler.ReconcileAsync([new(Define("a", 2), Ready, null)], default);
        await reconciler.ReconcileAsync([new(Define("a", 2), Ready, null)], default);
        Assert.Equal((2, 1), (_registrar.Records["a"].Weight, reconciler.Count));
    }

    private static ServiceHealth Ready => new(true, false, ServiceState.Ready, null);

    private static ServiceHealth Fails => new(true, false, ServiceState.Unhealthy, "check 'x': no");

    private static ServiceHealth Gone => new(true, true, ServiceState.Unhealthy, "check 'process': it has ended");

    private static ServiceHealth Health(int draw) => (draw % 7) switch
    {
        0 or 1 => Ready,
        2 => new(true, false, ServiceState.Degraded, "check 'x': slow"),
        3 => Fails,
        4 => Gone,
        5 => new(true, false, ServiceState.Draining, "it stops"),
        _ => default,
    };

    private static ServiceDefinition Define(string id, int weight) => new() { Id = id, Name = id, Weight = weight % 10_000, DrainWait = TimeSpan.FromSeconds(2), Text = $"{id} {weight}", Origin = "a test" };

    private Reconciler Open() => new(_registrar, () => IPAddress.Loopback, new ServiceLease { Agent = "agent@box" }, _time, NullLogger.Instance);
}
