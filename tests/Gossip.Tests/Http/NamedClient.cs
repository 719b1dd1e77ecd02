using System.Net;
using Gossip.Discovery;
using Gossip.Snapshots;
using Gossip.Statistics;
using Microsoft.Extensions.Configuration;

namespace Gossip.Tests.Http;

/// <summary>A client that calls by name services that stand in a configuration, through a server that the test plays.</summary>
internal sealed class NamedClient : IDisposable
{
    private readonly StaticServices _services;

    /// <param name="services">Pairs below <c>Services:</c>, such as "payments:http:0=http://10.0.0.5:80".</param>
    /// <param name="selector">What chooses; null for the first that was not tried.</param>
    /// <param name="keySelector">The key of a request.</param>
    /// <param name="primary">What sends the requests; null for <see cref="Server"/>.</param>
    /// <param name="outcomeSelector">What an answer means.</param>
    /// <param name="calls">Measures the calls.</param>
    public NamedClient(
        string services,
        IInstanceSelector? selector = null,
        Func<HttpRequestMessage, string?>? keySelector = null,
        HttpMessageHandler? primary = null,
        Func<HttpResponseMessage, CallOutcome?>? outcomeSelector = null,
        CallMeter? calls = null)
    {
        var pairs = services.Split(' ').Select(pair => pair.Split('=')).Select(pair => KeyValuePair.Create($"Services:{pair[0]}", (string?)pair[1]));
        var feed = new SnapshotFeed { BalancingClock = new BalancingClock(TimeProvider.System) { Calls = calls } };
        _services = new StaticServices(new ConfigurationBuilder().AddInMemoryCollection(pairs).Build(), feed, new TestLog().CreateLogger(""));
        Discovery = new ServiceDiscovery(new Sources(feed, _services, TimeProvider.System), _ => selector ?? new InTurn());
        Http = new HttpClient(new GossipHttpHandler(Discovery) { InnerHandler = primary ?? Server, KeySelector = keySelector, OutcomeSelector = outcomeSelector });
    }

    public ServiceDiscovery Discovery { get; }

    public StubServer Server { get; } = new();

    public HttpClient Http { get; }

    /// <summary>A call that is answered with a status.</summary>
    public async Task AnswerAsync(int status)
    {
        Server.Answer = (_, _) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status));
        using var response = await Http.GetAsync("http://payments/");
    }

    public void Dispose()
    {
        Http.Dispose();
        _services.Dispose();
    }

    /// <summary>Always the first, whatever was tried: a selector as simple as an application may write it.</summary>
    internal sealed class InTurn : IInstanceSelector
    {
        public List<CallContext> Calls { get; } = [];

        public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
        {
            Calls.Add(call);
            return candidates[0];
        }
    }
}
