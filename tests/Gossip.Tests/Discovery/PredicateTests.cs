using System.Net;
using System.Runtime.CompilerServices;
using Gossip.Bootstrap;
using Gossip.Discovery;
using Gossip.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests.Discovery;

/// <summary>Code of the application that throws where the library calls it: it is told once, and harms nothing else.</summary>
public sealed class PredicateTests : IDisposable
{
    private readonly TestRegistry _registry = new();

    private ServiceDiscovery Services => _registry.Discovery;

    private IEnumerable<string> Errors => _registry.Log.Entries.Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Text);

    [Fact]
    public void An_instance_at_which_a_predicate_throws_does_not_match_and_the_view_says_so_once()
    {
        _registry.Publish("a");
        _registry.Publish("b", weight: 13);
        var view = Services.Open(new ServiceQuery("shop") { Where = one => one.Weight == 13 ? throw new FormatException("13") : true });
        Assert.Equal("a", Ids(view.Instances));
        _registry.Publish("c");
        Assert.Equal("a c", Ids(view.Instances));
        Assert.Equal("a c", Ids(view.Instances));
        var error = Assert.Single(Errors);
        Assert.StartsWith("The predicate Where of a query of 'shop' threw at the instance 'b'", error, StringComparison.Ordinal);
        Assert.Equal("a", Ids([view.Pick(new CallContext { Tried = [view.Instances[1]] })]));
    }

    [Fact]
    public async Task A_token_of_a_view_whose_predicate_threw_once_goes_on()
    {
        _registry.Publish("a");
        var throws = false;
        var view = Services.Open(new ServiceQuery("shop") { Where = one => one.InstanceId == "a" || (throws ? throw new FormatException() : true) });
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = view.GetChangeToken().RegisterChangeCallback(_ => told.SetResult(), null);
        await using var watch = view.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync().AsTask();

        throws = true;
        _registry.Publish("b");
        await Eventually.HoldsAsync(() => Errors.Any(), "the predicate has thrown");
        throws = false;
        _registry.Publish("c");

        await told.Task.WaitAsync(Eventually.Deadline);
        Assert.True(await next);
        Assert.Equal("a b c", Ids(watch.Current));
    }

    [Fact]
    public void What_threw_is_asked_again_at_the_next_snapshot()
    {
        _registry.Publish("a");
        var throws = true;
        var view = Services.Open(new ServiceQuery("shop") { Where = _ => throws ? throw new FormatException() : true });
        Assert.Empty(view.Instances);
        throws = false;
        _registry.Publish("elsewhere", "orders");
        Assert.Equal("a", Ids(view.Instances));
    }

    [Fact]
    public void A_wish_that_throws_is_not_met()
    {
        _registry.Publish("a");
        _registry.Publish("b", weight: 13);
        var view = Services.Open(new ServiceQuery("shop") { Prefer = one => one.Weight == 13 ? true : throw new FormatException() });
        Assert.Equal("b", Ids(view.Instances));
        Assert.Contains("The predicate Prefer of a query of 'shop' threw", Assert.Single(Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_finds_nothing_is_told_that_the_predicate_threw()
    {
        _registry.Publish("a");
        _registry.Publish("b");
        var view = Services.Open(new ServiceQuery("shop") { Where = _ => throw new FormatException() });
        var error = Assert.Throws<NoInstancesException>(() => view.Pick());
        Assert.Contains("2 known: 2 at which the query's predicate threw FormatException", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_throws_is_logged_and_called_again_when_it_registers_again()
    {
        var calls = 0;
        Action<object?> callback = _ => throw new FormatException($"call {Interlocked.Increment(ref calls)}");
        for (var round = 1; round <= 2; round++)
        {
            using var registration = Services.GetChangeToken().RegisterChangeCallback(callback, null);
            _registry.Publish($"i{round}");
            var told = round;
            await Eventually.HoldsAsync(() => Errors.Count() == told, $"call {told} was logged");
        }
    }

    [Fact]
    public async Task A_source_that_throws_at_its_name_is_asked_again_and_reported_by_its_type()
    {
        using var log = new TestLog();
        var joined = 0;
        var pauses = new Backoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));
        await using var pipeline = new SeedPipeline(_ => Interlocked.Increment(ref joined), _ => true, TimeProvider.System, log.CreateLogger("")) { Pauses = pauses };
        pipeline.Start([new Nameless()]);
        await Eventually.HoldsAsync(() => Volatile.Read(ref joined) > 0, "it was asked a second time");
        Assert.Equal(nameof(Nameless), Assert.Single(pipeline.Reports).Name);
        Assert.Equal("Seed source Nameless failed; it is asked again", Assert.Single(log.Warnings));
    }

    [Fact]
    public void A_configuration_that_throws_at_one_reload_is_read_at_the_next()
    {
        var provider = new Moody();
        var configuration = new ConfigurationRoot([provider]);
        using var services = new StaticServices(configuration, new SnapshotFeed(), _registry.Log.CreateLogger(""));
        Assert.Equal(1, services.Find("payments")![0].Endpoints[0].Port);

        (provider.Throws, provider.Port) = (true, 2);
        configuration.Reload();
        Assert.Equal(1, services.Find("payments")![0].Endpoints[0].Port);
        Assert.StartsWith("The section Services of the configuration could not be read", Assert.Single(Errors), StringComparison.Ordinal);

        provider.Throws = false;
        configuration.Reload();
        Assert.Equal(2, services.Find("payments")![0].Endpoints[0].Port);
    }

    [Fact]
    public async Task A_change_that_makes_no_record_or_throws_leaves_the_registration_as_it_was()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        var registration = await host.Registrar.RegisterAsync(TestCluster.Payments());
        await Assert.ThrowsAsync<FormatException>(async () => await registration.UpdateAsync(_ => throw new FormatException()));
        var error = await Assert.ThrowsAsync<ArgumentException>(async () => await registration.UpdateAsync(_ => null!));
        Assert.StartsWith("The change of instance 'p1' made no record.", error.Message, StringComparison.Ordinal);
        await registration.UpdateAsync(record => record with { Weight = 7 });
        Assert.Equal(7, Assert.Single(host.Discovery.GetInstances("payments")).Weight);
    }

    public void Dispose() => _registry.Dispose();

    private static string Ids(IEnumerable<ServiceInstance> instances) => string.Join(' ', instances.Select(one => one.InstanceId));

    private sealed class Nameless : ISeedSource
    {
        private int _runs;

        public string Name => throw new InvalidOperationException("no name");

        public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.Yield();
            if (_runs++ == 0)
                throw new InvalidOperationException("no luck");
            yield return new IPEndPoint(IPAddress.Loopback, 80);
        }
    }

    private sealed class Moody : ConfigurationProvider
    {
        public bool Throws { get; set; }

        public int Port { get; set; } = 1;

        public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) =>
            Throws ? throw new IOException("the vault is sealed") : base.GetChildKeys(earlierKeys, parentPath);

        public override void Load() =>
            Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Services:payments:http:0"] = $"http://a:{Port}" };
    }
}
