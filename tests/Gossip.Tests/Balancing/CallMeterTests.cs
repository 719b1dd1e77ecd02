using System.Diagnostics.Metrics;
using System.Net;
using Gossip.Statistics;
using Gossip.Tests.Http;

namespace Gossip.Tests.Balancing;

public sealed class CallMeterTests : IDisposable
{
    private const string Two = "payments:http:0=http://10.0.0.1:1 payments:http:1=http://10.0.0.2:2";

    private readonly TestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task A_call_is_measured_by_its_service_and_its_outcome()
    {
        using var client = new NamedClient(Two, calls: Meter());

        await client.AnswerAsync(200);
        await client.AnswerAsync(500);

        Assert.Single(_meters.Of("gossip.call.duration payments answered"));
        Assert.Single(_meters.Of("gossip.call.duration payments erred"));
        Assert.Equal([1, 1], _meters.Of("gossip.call.picks payments unknown"));
    }

    [Fact]
    public async Task A_refused_call_counts_as_a_try_elsewhere_and_as_an_ejection()
    {
        using var client = new NamedClient(Two, calls: Meter());
        client.Server.Answer = (request, _) => request.RequestUri!.Port == 1
            ? throw StubServer.Refused()
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

        using var answer = await client.Http.GetAsync("http://payments/");

        Assert.Single(_meters.Of("gossip.call.duration payments unreachable"));
        Assert.Single(_meters.Of("gossip.call.duration payments answered"));
        Assert.Equal([1], _meters.Of("gossip.call.retries payments"));
        Assert.Equal([1], _meters.Of("gossip.call.ejections payments"));
        Assert.Equal([1, 1], _meters.Of("gossip.call.picks payments unknown"));
    }

    [Theory]
    [InlineData("a", "a", null, "same")]
    [InlineData("a", "b", null, "other")]
    [InlineData("a", "b", "b", "same")]
    [InlineData(null, "b", null, "unknown")]
    [InlineData("a", "", null, "unknown")]
    public void A_choice_is_counted_by_its_zone(string? own, string chosen, string? callers, string expected)
    {
        var calls = Meter(own).Of("orders");
        calls.Pick(new Fleet(1).Make(0, zone: chosen), callers);
        Assert.Equal([1], _meters.Of($"gossip.call.picks orders {expected}"));
    }

    [Fact]
    public void Of_many_services_the_first_are_told_apart_and_the_others_are_one()
    {
        var meter = Meter();
        for (var i = 0; i < 3 * CallMeter.Named; i++)
            meter.Of($"service-{i}").Retry();

        Assert.Single(_meters.Of($"gossip.call.retries service-{CallMeter.Named - 1}"));
        Assert.Equal(2 * CallMeter.Named, _meters.Of("gossip.call.retries _OTHER").Length);
        Assert.Same(meter.Of("SERVICE-0"), meter.Of("service-0"));
    }

    [Fact]
    public void A_call_by_name_allocates_the_same_whether_it_is_measured_or_not()
    {
        using var meter = new Meter("Gossip");
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => Listen(meter, instrument, listener) };
        var measured = 0;
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measured++);
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => measured++);
        using var wire = new Wire();
        using var client = new NamedClient(Two, primary: wire, calls: new CallMeter(meter, "a"));
        var silent = Allocated(client.Http);
        Assert.Equal(0, measured);

        listener.Start();

        Assert.Equal(silent, Allocated(client.Http));
        // Each call is measured once, and so is its choice.
        Assert.Equal(2 * Rounds * Calls, measured);
    }

    private const int Rounds = 10;
    private const int Calls = 100;

    /// <summary>In the round that allocates the least: in some of them something is made that stays.</summary>
    private static long Allocated(HttpClient client) => Enumerable.Range(0, Rounds).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
            Call(client);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    private static void Call(HttpClient client) => Assert.True(client.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, "http://payments/"), HttpCompletionOption.ResponseHeadersRead).IsCompletedSuccessfully);

    private static void Listen(Meter meter, Instrument instrument, MeterListener listener)
    {
        if (ReferenceEquals(instrument.Meter, meter))
            listener.EnableMeasurementEvents(instrument);
    }

    private CallMeter Meter(string? zone = null) => new(_meters.Create(new MeterOptions("Gossip")), zone);

    /// <summary>Answers at once, and allocates nothing.</summary>
    private sealed class Wire : HttpMessageHandler
    {
        private readonly Task<HttpResponseMessage> _answer = Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _answer;
    }
}
